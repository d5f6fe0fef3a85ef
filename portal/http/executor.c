/* Executors: the threads handlers run on, one database connection each.
 *
 * A bounded queue feeds them. A full queue is refused at once (503), a call that waited longer than http_timeout is
 * answered 503 without running: whoever asked has gone. A thread whose connection cannot be opened keeps serving, as
 * 503 for rows that need it, and tries again at most once a second; so a database restart never takes the server down.
 */
#include "http_int.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/log.h"

#include <stdlib.h>

#define REOPEN_MS 1000

struct executor {
    struct http_server *s;
    pthread_mutex_t mu;
    pthread_cond_t wake;
    struct call *head, *tail;
    unsigned waiting, max, n;
    bool closing;
    pthread_t threads[];
};

static struct call *pop_locked(struct executor *e)
{
    struct call *c = e->head;
    if (!c)
        return NULL;
    e->head = c->next;
    if (!e->head)
        e->tail = NULL;
    c->next = NULL;
    e->waiting--;
    return c;
}

/* Opens the thread's context when it is missing and due. */
static void *thread_context(struct executor *e, void *thread, int64_t *next_ms, struct err *away)
{
    const struct http_hooks *h = &e->s->hooks;
    if (thread || !h->thread_open || clock_mono_ms() < *next_ms)
        return thread;
    err_clear(away);
    thread = h->thread_open(away);
    if (!thread) {
        *next_ms = clock_mono_ms() + REOPEN_MS;
        if (away->st == ST_OK)
            err_set(away, ST_UNAVAIL, "the database cannot be reached");
        log_err(LOG_WARN, "http.executor", away);
        err_field(away, ST_UNAVAIL, "database_unavailable", NULL, "the database cannot be reached right now");
    }
    return thread;
}

static void *executor_main(void *arg)
{
    struct executor *e = arg;
    struct err away = { 0 };
    int64_t next_ms = 0;
    void *thread = thread_context(e, NULL, &next_ms, &away);
    for (;;) {
        pthread_mutex_lock(&e->mu);
        while (!e->head && !e->closing)
            pthread_cond_wait(&e->wake, &e->mu);
        struct call *c = pop_locked(e);
        pthread_mutex_unlock(&e->mu);
        if (!c)
            break;
        thread = thread_context(e, thread, &next_ms, &away);
        call_execute(c, thread, e->s->hooks.thread_open ? &away : NULL);
    }
    if (thread && e->s->hooks.thread_close)
        e->s->hooks.thread_close(thread);
    return NULL;
}

enum status executor_start(struct http_server *s, struct executor **ret_e, struct err *err)
{
    unsigned n = (unsigned)g_conf->http_executors;
    struct executor *e = calloc(1, sizeof *e + n * sizeof *e->threads);
    if (!e)
        return err_set(err, ST_FATAL, "out of memory for executors");
    e->s = s;
    e->max = (unsigned)g_conf->http_queue;
    pthread_mutex_init(&e->mu, NULL);
    pthread_cond_init(&e->wake, NULL);
    for (; e->n < n; e->n++) {
        int rc = pthread_create(&e->threads[e->n], NULL, executor_main, e);
        if (rc) {
            executor_close(e);
            executor_free(e);
            return err_sys(err, rc, "executor threads cannot be started");
        }
    }
    *ret_e = e;
    return ST_OK;
}

bool executor_push(struct executor *e, struct call *c)
{
    pthread_mutex_lock(&e->mu);
    bool ok = !e->closing && e->waiting < e->max;
    if (ok) {
        c->next = NULL;
        if (e->tail)
            e->tail->next = c;
        else
            e->head = c;
        e->tail = c;
        e->waiting++;
        pthread_cond_signal(&e->wake);
    }
    pthread_mutex_unlock(&e->mu);
    return ok;
}

static void refuse(struct call *c, const char *code, const char *text)
{
    struct err err = { 0 };
    err_field(&err, ST_UNAVAIL, code, NULL, "%s", text);
    c->answered = true;
    call_fail(c, &err);
    call_resume(c);
}

void executor_expire(struct executor *e, int64_t now_ms)
{
    for (;;) {
        pthread_mutex_lock(&e->mu);
        struct call *c = e->head && now_ms - e->head->queued_ms > g_conf->http_timeout ? pop_locked(e) : NULL;
        pthread_mutex_unlock(&e->mu);
        if (!c)
            return;
        atomic_fetch_add(&e->s->refused_queue, 1);
        refuse(c, "overloaded", "the server had too much to do");
    }
}

void executor_close(struct executor *e)
{
    pthread_mutex_lock(&e->mu);
    e->closing = true;
    struct call *c = e->head;
    e->head = e->tail = NULL;
    e->waiting = 0;
    pthread_cond_broadcast(&e->wake);
    pthread_mutex_unlock(&e->mu);
    while (c) {
        struct call *next = c->next;
        refuse(c, "stopping", "the server is being stopped");
        c = next;
    }
    for (unsigned i = 0; i < e->n; i++)
        pthread_join(e->threads[i], NULL);
    e->n = 0;
}

void executor_free(struct executor *e)
{
    if (!e)
        return;
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->mu);
    free(e);
}

unsigned executor_waiting(struct executor *e)
{
    pthread_mutex_lock(&e->mu);
    unsigned n = e->waiting;
    pthread_mutex_unlock(&e->mu);
    return n;
}
