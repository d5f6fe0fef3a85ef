/* Housekeeping: the worker's heartbeat; and, by one worker at a time, what ends by the clock: unfinished uploads,
 * remembered answers, left-over files, the trash, old history. */
#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"
#include "purge.h"
#include "store.h"
#include "worker.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define HEARTBEAT_MS 5000
#define SWEEP_MS     60000
enum { DUTY_SWEEP = 1 };

struct house {
    int64_t next_sweep_ms;
    char host[256];
    struct purge purge;
};

/* Files in uploads/ that no living upload owns. A file whose row is not there yet is younger than its row: leave it. */
static enum status uploads_sweep(struct task *t, struct err *err)
{
    char dir[PATH_MAX];
    if (!path_var(dir, "uploads"))
        return ST_OK;
    DIR *d = opendir(dir);
    enum status st = ST_OK;
    for (struct dirent *e; !st && d && (e = readdir(d));) {
        if (!id_valid("upl", e->d_name))
            continue;
        ROWS_AUTO r = NULL;
        st = db_run(t->db, SQL_WORK_UPLOAD_STATE, &r, err, P_TEXT(e->d_name));
        if (!st && db_count(r) && !str_eq(db_text(r, 0, 0), "open") && !str_eq(db_text(r, 0, 0), "complete"))
            (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    if (d)
        (void)closedir(d);
    return st;
}

static enum status house_sweep(struct task *t, struct err *err)
{
    ROWS_AUTO mine = NULL;
    enum status st = db_run(t->db, SQL_WORK_TRY_LOCK, &mine, err, P_I64(DUTY_SWEEP));
    if (st || !db_bool(mine, 0, 0))
        return st;
    st = db_run0(t->db, SQL_WORK_UPLOAD_EXPIRE, NULL, err);
    if (!st)
        st = db_run0(t->db, SQL_WORK_IDEMPOTENCY_SWEEP, NULL, err);
    if (!st)
        st = db_run0(t->db, SQL_WORK_WORKER_SWEEP, NULL, err);
    if (!st)
        st = db_run(t->db, SQL_WORK_HISTORY_TRIM, NULL, err, P_I64(g_conf->audit_days));
    if (!st)
        st = uploads_sweep(t, err);
    store_sweep();
    return st;
}

static enum status house_turn(struct task *t, bool *ret_more, struct err *err)
{
    struct house *h = t->ctx;
    enum status st =
        db_run(t->db, SQL_WORK_HEARTBEAT, NULL, err, P_TEXT(t->worker->id), P_TEXT(h->host), P_I64(getpid()));
    if (!st && clock_mono_ms() >= h->next_sweep_ms) {
        st = house_sweep(t, err);
        if (!st)
            h->next_sweep_ms = clock_mono_ms() + SWEEP_MS;
    }
    return st ? st : purge_turn(t, &h->purge, ret_more, err);
}

static void house_close(struct task *t)
{
    if (t->db)
        (void)db_run(t->db, SQL_WORK_WORKER_END, NULL, NULL, P_TEXT(t->worker->id));
    free(t->ctx);
}

void task_house(struct task *ret_t)
{
    struct house *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    (void)gethostname(h->host, sizeof h->host - 1);
    *ret_t = (struct task){ .name = "house",
                            .wakes = WAKE_TRASH,
                            .poll_ms = HEARTBEAT_MS,
                            .turn = house_turn,
                            .close = house_close,
                            .ctx = h };
}
