/* Runs whose time in the trash is over: the folder goes, then the rows, and their space is given back.
 *
 * Nothing is deleted while a job may still run: only a run that has ended, that nobody holds and that nobody wants
 * tried again gets past the point of no return (purged_at), which is committed before the first byte goes. From there
 * any worker can finish what kill -9 interrupted.
 */
#include "purge.h"

#include "../portal/core/conf.h"
#include "../portal/core/file.h"
#include "../portal/core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#define BATCH 20

static enum status folder_remove(const char *project, const char *run, struct err *err)
{
    char path[PATH_MAX];
    if (!id_valid("prj", project) || !id_valid("run", run) || !path_run(path, project, "", ""))
        return err_set(err, ST_FATAL, "the path of the run folder cannot be made");
    FD_AUTO dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return errno == ENOENT ? ST_OK : err_sys(err, errno, "the folder of runs cannot be opened");
    return dir_remove(dir, run, err);
}

static enum status run_purge(struct task *t, const char *run, const char *project, bool begun, bool *ret_gone,
                             struct err *err)
{
    ROWS_AUTO mine = NULL;
    enum status st =
        begun ? ST_OK : db_run(t->db, SQL_WORK_RUN_PURGE, &mine, err, P_TEXT(run), P_I64(g_conf->trash_days));
    if (st || (!begun && !db_affected(mine)))
        return st;
    fault_point("purge_run_before_folder");
    st = folder_remove(project, run, err);
    fault_point("purge_run_after_folder");
    if (!st)
        st = db_run(t->db, SQL_WORK_RUN_PURGED, NULL, err, P_TEXT(run));
    *ret_gone = !st;
    if (!st)
        log_kv(LOG_INFO, "run.deleted", "its time in the trash is over", "run", run, NULL);
    return st;
}

enum status purge_runs(struct task *t, int *ret_n, struct err *err)
{
    ROWS_AUTO todo = NULL;
    enum status st = db_run(t->db, SQL_WORK_RUN_PURGE_TODO, &todo, err, P_I64(g_conf->trash_days), P_I64(BATCH));
    for (int i = 0; !st && i < db_count(todo) && !worker_stopping(t); i++) {
        bool gone = false;
        struct err why = { 0 };
        st = run_purge(t, db_text(todo, i, 0), db_text(todo, i, 1), db_bool(todo, i, 2), &gone, &why);
        *ret_n += gone;
        if (st && st != ST_UNAVAIL) { /* one folder in the way must not keep the others */
            log_err(LOG_WARN, "run.delete", &why);
            st = ST_OK;
        } else if (st && err) {
            *err = why;
        }
    }
    return st;
}
