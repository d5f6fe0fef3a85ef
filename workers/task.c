/* Tasks: a thread each that takes turns until the worker stops.
 *
 * Failures are logged here, once, at the edge. A lost database is one line when it goes and one when it is back, not a
 * line a turn. Pauses after failures double from 0.2 s to 10 s.
 */
#include "worker.h"

#include "../portal/core/clock.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_MIN_MS 200
#define PAUSE_MAX_MS 10000

static void bell_init(struct bell *b)
{
    pthread_condattr_t a;
    (void)pthread_condattr_init(&a);
    (void)pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&b->lock, NULL);
    (void)pthread_cond_init(&b->cond, &a);
    (void)pthread_condattr_destroy(&a);
    b->rung = false;
}

void task_ring(struct task *t)
{
    (void)pthread_mutex_lock(&t->bell.lock);
    t->bell.rung = true;
    (void)pthread_cond_signal(&t->bell.cond);
    (void)pthread_mutex_unlock(&t->bell.lock);
}

static void bell_wait(struct bell *b, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_mutex_lock(&b->lock);
    while (!b->rung && pthread_cond_timedwait(&b->cond, &b->lock, &until) != ETIMEDOUT)
        ;
    b->rung = false;
    (void)pthread_mutex_unlock(&b->lock);
}

/* One line when trouble begins or changes its kind, one when it ends. */
static void task_report(struct task *t, const struct err *e, enum status *last)
{
    char what[64];
    (void)str_fmt(what, sizeof what, "task.%s", t->name);
    if (e->st && e->st != *last)
        log_err(LOG_ERROR, what, e);
    else if (!e->st && *last)
        log_kv(LOG_INFO, what, "works again", NULL);
    *last = e->st;
}

static void *task_main(void *arg)
{
    struct task *t = arg;
    int64_t pause = PAUSE_MIN_MS;
    enum status last = ST_OK;
    while (!worker_stopping(t)) {
        struct err e = { 0 };
        bool more = false;
        if (!t->db)
            (void)db_open(DB_WORKER, t->name, &t->db, &e);
        if (t->db)
            (void)t->turn(t, &more, &e);
        task_report(t, &e, &last);
        if (e.st) {
            bell_wait(&t->bell, pause);
            pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
            continue;
        }
        pause = PAUSE_MIN_MS;
        if (!more)
            bell_wait(&t->bell, t->poll_ms);
    }
    if (t->close)
        t->close(t);
    db_close(t->db);
    t->db = NULL;
    return NULL;
}

enum status task_start(struct task *t, struct worker *w, struct err *err)
{
    t->worker = w;
    bell_init(&t->bell);
    int rc = pthread_create(&t->thread, NULL, task_main, t);
    if (rc)
        return err_sys(err, rc, "no thread for the task %s", t->name);
    return ST_OK;
}

bool task_join(struct task *t, int64_t deadline_ms)
{
    task_ring(t);
    if (deadline_ms < 0)
        return pthread_join(t->thread, NULL) == 0;
    int64_t left = deadline_ms - clock_mono_ms();
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += left > 0 ? left / 1000 : 0;
    return pthread_timedjoin_np(t->thread, NULL, &until) == 0;
}
