/* A site's turns: renew the claims, take new runs, hear what people want, submit, look at the site, follow each run.
 *
 * One thread and one helper process a site, so a slow site slows nobody else. A turn submits one batch at most, so that
 * a long queue does not keep running jobs from being followed. The turn after a NOTIFY begins at once.
 */
#include "sited.h"

#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"

#include <stdlib.h>
#include <string.h>

#define CLAIM_MAX 500 /* runs already at the site taken over in one statement */

static int run_compare(const void *a, const void *b)
{
    const struct run *const *x = a, *const *y = b;
    return strcmp((*x)->id, (*y)->id);
}

/* Among the first n, which are sorted. */
static struct run *run_find(const struct sited *s, size_t n, const char *id)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(s->runs[mid]->id, id);
        if (!c)
            return s->runs[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* Dropped and ended runs leave; the rest stays sorted. */
static void runs_tidy(struct sited *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct run *r = s->runs[i];
        if (r->dropped || run_state_ended(r->fold.state))
            free(r);
        else
            s->runs[n++] = r;
    }
    s->n = n;
}

static enum status runs_take(struct sited *s, const struct db_rows *ids, struct err *err)
{
    struct run **v = NULL;
    size_t n = 0, known = s->n;
    if (!db_count(ids))
        return ST_OK;
    enum status st = run_load(s->task, ids, &v, &n, err);
    for (size_t i = 0; !st && i < n; i++) {
        struct run *old = run_find(s, known, v[i]->id);
        if (old)
            old->dropped = true; /* our lease ran out and came back: what we knew is old */
        if (v[i]->seq < v[i]->events)
            st = run_fold_news(s->task, v[i], err);
        if (s->n == s->cap) {
            s->cap = s->cap ? s->cap * 2 : 64;
            s->runs = reallocarray(s->runs, s->cap, sizeof(struct run *));
            if (!s->runs)
                abort();
        }
        s->runs[s->n++] = v[i];
        v[i] = NULL;
    }
    for (size_t i = 0; i < n; i++)
        free(v[i]);
    free(v);
    if (s->n)
        qsort(s->runs, s->n, sizeof(struct run *), run_compare);
    return st;
}

static size_t queued_count(const struct sited *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->runs[i]->fold.state == RS_QUEUED;
    return n;
}

static enum status runs_claim(struct sited *s, struct err *err)
{
    const char *worker = s->task->worker->id, *site = s->site->id;
    ROWS_AUTO others = NULL;
    ROWS_AUTO asked = NULL;
    enum status st = db_run(s->task->db, SQL_WORK_RUN_CLAIM, &others, err, P_TEXT(worker), P_TEXT(site),
                            P_I64(g_conf->worker_lease), P_I64(CLAIM_MAX), P_BOOL(false));
    if (!st)
        st = runs_take(s, others, err);
    if (!st)
        st = db_run(s->task->db, SQL_WORK_RUN_CLAIM_ASKED, &asked, err, P_TEXT(worker), P_TEXT(site),
                    P_I64(g_conf->worker_lease), P_I64(CLAIM_MAX));
    if (!st)
        st = runs_take(s, asked, err);
    runs_tidy(s);
    return st;
}

enum status queued_claim(struct sited *s, struct err *err)
{
    int64_t room = g_conf->worker_batch - (int64_t)queued_count(s);
    ROWS_AUTO ids = NULL;
    if (room <= 0)
        return ST_OK;
    enum status st = db_run(s->task->db, SQL_WORK_RUN_CLAIM, &ids, err, P_TEXT(s->task->worker->id),
                            P_TEXT(s->site->id), P_I64(g_conf->worker_lease), P_I64(room), P_BOOL(true));
    return st ? st : runs_take(s, ids, err);
}

static enum status runs_renew(struct sited *s, struct err *err)
{
    int64_t now = clock_mono_ms();
    if (!s->n || now < s->renew_ms)
        return ST_OK;
    s->renew_ms = now + g_conf->worker_lease / 3;
    return db_run(s->task->db, SQL_WORK_RUN_RENEW, NULL, err, P_TEXT(s->task->worker->id), P_TEXT(s->site->id),
                  P_I64(g_conf->worker_lease));
}

static enum status runs_news(struct sited *s, struct err *err)
{
    if (!s->n)
        return ST_OK;
    ROWS_AUTO ids = NULL;
    enum status st =
        db_run(s->task->db, SQL_WORK_RUN_NEWS, &ids, err, P_TEXT(s->task->worker->id), P_TEXT(s->site->id));
    for (int i = 0; !st && i < db_count(ids); i++) {
        struct run *r = run_find(s, s->n, db_text(ids, i, 0));
        if (!r || r->seq >= db_i64(ids, i, 1))
            continue;
        st = run_fold_news(s->task, r, err);
        r->control_ms = 0;
    }
    return st;
}

static enum status site_turn(struct task *t, bool *ret_more, struct err *err)
{
    struct sited *s = t->ctx;
    s->task = t;
    enum status st = runs_renew(s, err);
    if (!st)
        st = runs_claim(s, err);
    if (!st)
        st = runs_news(s, err);
    if (!st)
        st = dispatch_turn(s, err);
    runs_tidy(s);
    if (!st)
        st = watch_observe(s, err);
    if (!st)
        st = dispatch_recover(s, err);
    if (!st)
        st = watch_runs(s, err);
    if (!st)
        st = watch_odd(s, err);
    runs_tidy(s);
    t->poll_ms = s->n || s->unreachable ? (g_conf->site_poll < 500 ? g_conf->site_poll : 500) : g_conf->worker_poll;
    *ret_more = !st && s->full_batch && clock_mono_ms() >= s->backoff_ms;
    return st;
}

static void site_task_close(struct task *t)
{
    struct sited *s = t->ctx;
    if (t->db)
        (void)db_run(t->db, SQL_WORK_RUN_DROP, NULL, NULL, P_TEXT(t->worker->id), P_TEXT(s->site->id));
    for (size_t i = 0; i < s->n; i++)
        free(s->runs[i]);
    free(s->runs);
    free(s->odd);
    site_obs_free(&s->jobs);
    site_close(s->site);
    kitchen_free(s->kitchen);
    free(s);
}

enum status task_site(const char *kind, const char *id, struct task *ret_t, struct err *err)
{
    struct sited *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    enum status st = site_open(kind, id, &s->site, err);
    if (st) {
        free(s);
        return st;
    }
    s->kitchen = kitchen_new(id);
    *ret_t = (struct task){ .name = id,
                            .wakes = WAKE_RUN,
                            .poll_ms = g_conf->worker_poll,
                            .turn = site_turn,
                            .close = site_task_close,
                            .ctx = s };
    return ST_OK;
}
