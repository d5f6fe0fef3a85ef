/* The sweep over unfinished uploads. One thread, one database connection, at start and every SWEEP_MS.
 *
 * It completes those whose last byte is on disk but whose row is still open, because the portal died in between and the
 * client never asked again; and it moves the expiry of those that still receive bytes, so that an upload of many days
 * is not ended under its writer. Ending what expired is the workers' housekeeping.
 */
#include "api.h"
#include "upload_file.h"
#include "uploads.h"

#include "../core/log.h"
#include "../core/str.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#define SWEEP_MS    30000
#define SWEEP_BATCH 200

static struct {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool running, stop;
} g_sweep = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* Expiry counts from the last byte; the row follows when it is behind by a quarter of the lifetime. */
static enum status sweep_alive(struct db *db, const char *id, int64_t expires_s, struct err *err)
{
    int64_t lifetime_s = g_conf->upload_expires / 1000;
    int64_t size = 0;
    int64_t written_s = 0;
    enum status st = upload_file_size(id, &size, &written_s, err);

    if (st || !size || written_s + lifetime_s < expires_s + lifetime_s / 4)
        return st;
    return db_run(db, SQL_UPLOAD_ALIVE, NULL, err, P_TEXT(id), P_I64(written_s), P_I64(g_conf->upload_expires));
}

static enum status sweep_batch(struct db *db, char after[ID_MAX], int *ret_n, struct err *err)
{
    ROWS_AUTO r = NULL;
    enum status st = db_run(db, SQL_UPLOAD_OPEN, &r, err, P_TEXT(*after ? after : NULL), P_I64(SWEEP_BATCH));

    if (st)
        return st;
    *ret_n = db_count(r);
    for (int i = 0; i < *ret_n; i++) {
        const char *id = db_text(r, i, 0);
        int64_t offset = 0;
        bool healed = false;
        (void)str_fmt(after, ID_MAX, "%s", id);
        st = upload_heal(db, id, db_i64(r, i, 1), &offset, &healed, err);
        if (st)
            return st;
        if (!healed)
            st = sweep_alive(db, id, db_i64(r, i, 2), err);
        if (st)
            return st;
        if (healed)
            log_kv(LOG_INFO, "upload.healed", "a finished upload was completed late", "upload", id, NULL);
    }
    return ST_OK;
}

static void sweep_all(struct db *db)
{
    struct err err = { 0 };
    char after[ID_MAX] = "";
    int n = SWEEP_BATCH;

    while (n == SWEEP_BATCH) {
        if (sweep_batch(db, after, &n, &err)) {
            log_err(LOG_WARN, "upload.sweep", &err);
            return;
        }
    }
}

/* True when it is time to stop. */
static bool sweep_rest(void)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SWEEP_MS / 1000;
    (void)pthread_mutex_lock(&g_sweep.mutex);
    while (!g_sweep.stop && pthread_cond_timedwait(&g_sweep.wake, &g_sweep.mutex, &until) != ETIMEDOUT)
        continue;
    bool stop = g_sweep.stop;
    (void)pthread_mutex_unlock(&g_sweep.mutex);
    return stop;
}

static void *sweep_main(void *unused)
{
    struct db *db = NULL;

    (void)unused;
    do {
        struct err err = { 0 };
        if (!db && db_open(DB_WEB, "athanor sweep", &db, &err))
            log_err(LOG_WARN, "upload.sweep", &err);
        if (db)
            sweep_all(db);
    } while (!sweep_rest());
    db_close(db);
    return NULL;
}

enum status upload_sweep_start(struct err *err)
{
    pthread_condattr_t attr;

    g_sweep.stop = false;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&g_sweep.wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    int rc = pthread_create(&g_sweep.thread, NULL, sweep_main, NULL);
    if (rc)
        return err_sys(err, rc, "the sweep of uploads cannot start");
    g_sweep.running = true;
    return ST_OK;
}

void upload_sweep_stop(void)
{
    if (!g_sweep.running)
        return;
    (void)pthread_mutex_lock(&g_sweep.mutex);
    g_sweep.stop = true;
    (void)pthread_cond_signal(&g_sweep.wake);
    (void)pthread_mutex_unlock(&g_sweep.mutex);
    (void)pthread_join(g_sweep.thread, NULL);
    g_sweep.running = false;
}
