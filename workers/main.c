/* athanor-worker: written order of start and stop.
 *
 * Settings -> log -> database reachable and migrated -> rows of our sites -> a thread a task -> this thread listens on
 * channel `work` and rings bells until SIGTERM or SIGINT -> tasks end their turns -> exit 0. Work under way stays
 * claimed until its lease ends or this worker's successor takes it: nothing needs handing over.
 */
#include "site/helper_client.h"
#include "worker.h"

#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define UPLOAD_THREADS 2
#define TASKS_MAX      8
#define GRACE_MS       3000

static struct worker g_worker;
static struct db_listen *g_listen; /* for the signal handler */

static void on_signal(int sig)
{
    (void)sig;
    atomic_store(&g_worker.stop, true);
    if (g_listen)
        db_listen_wake(g_listen);
}

static void signals_set(void)
{
    struct sigaction sa = { .sa_handler = on_signal };
    (void)sigemptyset(&sa.sa_mask);
    (void)sigaction(SIGTERM, &sa, NULL);
    (void)sigaction(SIGINT, &sa, NULL);
    sa.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &sa, NULL);
}

/* Workers of this host whose process is gone left claims that need not wait for their lease to end. The fence makes a
 * wrong guess harmless. */
static enum status dead_clear(struct db *db, const char *host, struct err *err)
{
    ROWS_AUTO r = NULL;
    enum status st = db_run(db, SQL_WORK_WORKER_HERE, &r, err, P_TEXT(host), P_TEXT(g_worker.id));
    for (int i = 0; !st && i < db_count(r); i++) {
        pid_t pid = (pid_t)db_i64(r, i, 1);
        if (pid != getpid() && (!kill(pid, 0) || errno != ESRCH))
            continue;
        log_kv(LOG_INFO, "worker.takeover", "a worker of this host died; its claims are free", "worker",
               db_text(r, i, 0), NULL);
        st = db_run(db, SQL_WORK_RUN_DROP, NULL, err, P_TEXT(db_text(r, i, 0)), P_NULL);
        if (!st)
            st = db_run(db, SQL_WORK_WORKER_END, NULL, err, P_TEXT(db_text(r, i, 0)));
    }
    return st;
}

static enum status worker_register(struct err *err)
{
    struct db *db = NULL;
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    enum status st = db_open(DB_WORKER, "worker start", &db, err);
    if (!st)
        st = dead_clear(db, host, err);
    if (!st)
        st = db_run(db, SQL_WORK_HEARTBEAT, NULL, err, P_TEXT(g_worker.id), P_TEXT(host), P_I64(getpid()));
    if (!st)
        st = db_run(db, SQL_WORK_SITE_UPSERT, NULL, err, P_TEXT("local"), P_TEXT("slurm"), P_TEXT("This machine"));
    if (!st && g_conf->null_site)
        st = db_run(db, SQL_WORK_SITE_UPSERT, NULL, err, P_TEXT("null"), P_TEXT("null"), P_TEXT("Null site for tests"));
    db_close(db);
    return st;
}

static enum status tasks_fill(struct task tasks[TASKS_MAX], size_t *ret_n, struct err *err)
{
    size_t n = 0;
    enum status st = task_site("slurm", "local", &tasks[n++], err);
    if (!st && g_conf->null_site)
        st = task_site("null", "null", &tasks[n++], err);
    for (int i = 0; i < UPLOAD_THREADS; i++)
        task_upload(&tasks[n++]);
    task_structure(&tasks[n++]);
    task_catalogue(&tasks[n++]);
    task_house(&tasks[n++]);
    *ret_n = n;
    return st;
}

static unsigned wake_of(const char *payload)
{
    return str_eq(payload, "run")         ? WAKE_RUN
           : str_eq(payload, "upload")    ? WAKE_UPLOAD
           : str_eq(payload, "structure") ? WAKE_STRUCTURE
           : str_eq(payload, "trash")     ? WAKE_TRASH
                                          : 0;
}

/* Rings until told to stop. A broken connection rings everybody: anything may have been missed. */
static void listen_loop(struct task *tasks, size_t n)
{
    enum status last = ST_OK;
    while (!atomic_load(&g_worker.stop)) {
        char channel[64], payload[256];
        struct err e = { 0 };
        enum status st = db_listen_wait(g_listen, 60000, channel, payload, &e);
        unsigned wake = st == ST_OK ? wake_of(payload) : st == ST_NOTFOUND ? 0 : ~0u;
        for (size_t i = 0; i < n; i++)
            if (tasks[i].wakes & wake)
                task_ring(&tasks[i]);
        if (st && st != ST_NOTFOUND) {
            if (last != st)
                log_err(LOG_WARN, "worker.listen", &e);
            clock_sleep_ms(500);
        }
        last = st == ST_NOTFOUND ? ST_OK : st;
    }
}

/* Tasks end with their turn; one that waits for a helper longer than GRACE_MS loses the helper. */
static void tasks_end(struct task *tasks, size_t n)
{
    bool ended[TASKS_MAX] = { false }, all = true;
    int64_t until = clock_mono_ms() + GRACE_MS;
    for (size_t i = 0; i < n; i++) {
        ended[i] = task_join(&tasks[i], until);
        all = all && ended[i];
    }
    if (!all)
        helpers_end();
    for (size_t i = 0; i < n; i++)
        if (!ended[i])
            (void)task_join(&tasks[i], -1);
}

static int fail(const struct err *e)
{
    log_err(LOG_ERROR, "worker.start", e);
    return 1;
}

int main(int argc, char **argv)
{
    struct err e = { 0 };
    enum log_level level = LOG_INFO;
    json_object_seed(0);
    if (conf_load(&argc, argv, &e)) {
        (void)fprintf(stderr, "athanor-worker: %s\n", e.text);
        return 2;
    }
    if (argc > 1) {
        (void)fprintf(stderr, "usage: athanor-worker [--conf FILE] [--set name=value] [--show-config]\n");
        return 2;
    }
    (void)log_level_parse(g_conf->log_level, &level);
    log_init("worker", level, STDERR_FILENO, g_conf->log_json);
    (void)umask(027);
    signals_set();
    if (sodium_init() < 0) {
        (void)err_set(&e, ST_FATAL, "libsodium does not start");
        return fail(&e);
    }
    id_new("wrk", g_worker.id);
    static const char *const channels[] = { "work" };
    static struct task tasks[TASKS_MAX];
    size_t n = 0;
    if (worker_register(&e) || db_listen_open(DB_WORKER, "worker listen", channels, 1, &g_listen, &e) ||
        tasks_fill(tasks, &n, &e))
        return fail(&e);
    for (size_t i = 0; i < n; i++)
        if (task_start(&tasks[i], &g_worker, &e))
            return fail(&e);
    log_kv(LOG_INFO, "worker.up", "ready", "worker", g_worker.id, NULL);
    listen_loop(tasks, n);
    tasks_end(tasks, n);
    db_listen_close(g_listen);
    log_kv(LOG_INFO, "worker.down", "stopped", NULL);
    return 0;
}
