/* Submission, effectively once.
 *
 * A batch: claim -> folders -> sync -> intents in one transaction -> requests sent -> answers in one transaction. The
 * requests of a batch are under way, in the helper's pipe, while the next batch is made ready, so a queue keeps the
 * site busy. Between intent and answer anything may die. What is then known is only the key, so whoever finds an
 * intent without a job looks before it sends: in the site's list (adopt the oldest, cancel the others), in the run
 * folder (a claimed attempt is never sent again), and only when nothing has turned up for adopt_settle is the request
 * sent again, under the same key. Should a late copy land after all, the claim turns it away.
 */
#include "sited.h"

#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"
#include "prepare.h"

#include <stdlib.h>

#define FLUSH_COUNT   SITE_WINDOW
#define FLUSH_MS      250
#define TURN_MS       1000  /* of sending before the runs under way are looked at again */
#define LATER_MS      10000 /* before a run that could not be prepared is tried again */
#define BUSY_MS       5000  /* before a busy site is asked again */
#define SOON_MS       500
#define PREPARE_BYTES (4u << 20)

/* What is on its way to the site, oldest first, and the answers not written down yet. */
struct flight {
    struct run *runs[SITE_WINDOW];
    size_t sent, got;
    struct answer {
        struct run *run;
        char job_id[SITE_JOB_ID_MAX];
    } answers[FLUSH_COUNT];
    size_t n_answers;
    int64_t flush_ms;
    bool stop;       /* nothing more is sent: the site is full, busy or silent */
    enum status st;  /* the first failure of writing down; later answers are found again by their keys */
    struct err *err; /* its words; may be NULL */
};

static enum status answers_also(struct db *db, struct run *r, void *ctx, struct err *err)
{
    (void)db, (void)r, (void)ctx, (void)err;
    fault_point("before_commit");
    return ST_OK;
}

static enum status answers_write(struct sited *s, const struct answer *v, size_t n, enum run_kind kind, struct err *err)
{
    struct run_note notes[FLUSH_COUNT];
    for (size_t i = 0; i < n; i++)
        notes[i] = (struct run_note){ .run = v[i].run,
                                      .kind = kind,
                                      .data = json_pack("{s:s}", "site_job_id", v[i].job_id),
                                      .job_id = v[i].job_id,
                                      .also = answers_also };
    return run_note_many(s->task, notes, n, err);
}

/* What one submission's answer means for the run; SITE_DONE puts it among the answers. */
static enum status outcome_apply(struct sited *s, struct run *r, enum site_outcome o, const struct err *why,
                                 struct err *err)
{
    switch (o) {
    case SITE_UNKNOWN:
        log_kv(LOG_WARN, "dispatch.unanswered", why->text, "run", r->id, "key", r->key, NULL);
        r->asked_ms = clock_mono_ms();
        r->unsent = false;
        return ST_OK;
    case SITE_REJECTED:
        return run_end(
            s, r, RK_REJECTED, "rejected", why->text,
            why->hint[0] ? why->hint : "Change what the run asks for, or ask the administrators of the cluster.", err);
    default:
        /* Full, busy or out of reach: nothing was taken, the same request may be sent again. */
        log_kv(LOG_INFO, "dispatch.later", why->text, "run", r->id, NULL);
        s->backoff_ms = clock_mono_ms() + BUSY_MS;
        return ST_OK;
    }
}

static enum site_outcome job_send(struct sited *s, const struct run *r, const struct prepared *p, struct err *err)
{
    const struct param_resources *q = &p->spec.res;
    const struct site_job j = { .key = r->key,
                                .work_dir = p->folder,
                                .script = p->script,
                                .out = p->log,
                                .err = p->log,
                                .partition = g_conf->slurm_partition,
                                .account = g_conf->slurm_account,
                                .qos = g_conf->slurm_qos,
                                .nodes = q->nodes,
                                .cpus = q->cpus,
                                .gpus = q->gpus,
                                .memory_mb = q->memory_mb,
                                .time_s = q->walltime_s,
                                .hold = r->fold.hold_requested };
    return s->site->ops->submit_send(s->site, &j, err);
}

static void flight_fail(struct flight *f, enum status st, const struct err *e)
{
    if (!st || f->st)
        return;
    f->st = st;
    if (f->err)
        *f->err = *e;
}

static void answers_flush(struct sited *s, struct flight *f)
{
    struct err e = { 0 };
    if (f->n_answers && !f->st)
        flight_fail(f, answers_write(s, f->answers, f->n_answers, RK_SUBMITTED, &e), &e);
    f->n_answers = 0;
    f->flush_ms = clock_mono_ms() + FLUSH_MS;
}

/* Reads answers until only `leave` of those sent are without one. */
static void answers_take(struct sited *s, struct flight *f, size_t leave)
{
    while (f->sent - f->got > leave) {
        struct run *r = f->runs[f->got++ % SITE_WINDOW];
        struct answer *a = &f->answers[f->n_answers];
        struct err why = { 0 };
        struct err e = { 0 };
        enum site_outcome o = s->site->ops->submit_receive(s->site, a->job_id, &why);
        if (o == SITE_DONE) {
            fault_point("after_answer");
            r->unsent = false;
            a->run = r;
            f->n_answers++;
        } else {
            f->stop = f->stop || o != SITE_REJECTED;
            flight_fail(f, outcome_apply(s, r, o, &why, &e), &e);
        }
        if (f->n_answers == FLUSH_COUNT || (f->n_answers && clock_mono_ms() >= f->flush_ms))
            answers_flush(s, f);
    }
}

/* Sends what has an intent and is known not to be sent. */
static void unsent_send(struct sited *s, struct flight *f, struct run *const *v, const struct prepared *p, size_t n)
{
    for (size_t i = 0; i < n && !f->stop && !f->st; i++) {
        struct run *r = v[i];
        struct err why = { 0 };
        if (r->dropped || r->fold.state != RS_SUBMITTING || !r->unsent)
            continue;
        answers_take(s, f, SITE_WINDOW - 1);
        if (f->stop)
            break;
        if (job_send(s, r, &p[i], &why) == SITE_DONE) {
            f->runs[f->sent++ % SITE_WINDOW] = r;
        } else {
            f->stop = true;
            (void)outcome_apply(s, r, SITE_UNREACHABLE, &why, NULL);
        }
    }
}

static enum status flight_end(struct sited *s, struct flight *f)
{
    answers_take(s, f, 0);
    answers_flush(s, f);
    return f->st;
}

/* A run that cannot be prepared fails when that is its own fault, else it waits. */
static enum status prepare_failed(struct sited *s, struct run *r, const struct err *why, struct err *err)
{
    if (why->st == ST_UNAVAIL || why->st == ST_RETRY) {
        if (err)
            *err = *why;
        return why->st;
    }
    log_err(LOG_WARN, "dispatch.prepare", why);
    if (why->st == ST_INVALID)
        return run_end(s, r, RK_FAILED, why->code, why->text, why->hint, err);
    r->dropped = true;
    return db_run(s->task->db, SQL_WORK_RUN_LATER, NULL, err, P_TEXT(r->id), P_I64(r->fence), P_I64(LATER_MS),
                  P_TEXT(why->text));
}

/* Queued runs that may go, oldest first. */
static size_t queued_pick(const struct sited *s, struct run **out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n && n < cap; i++) {
        struct run *r = s->runs[i];
        if (!r->dropped && r->fold.state == RS_QUEUED && !r->fold.cancel_requested && clock_mono_ms() >= r->wait_ms)
            out[n++] = r;
    }
    return n;
}

static enum status intents_write(struct sited *s, struct run **v, size_t n, struct err *err)
{
    struct run_note *notes = calloc(n + 1, sizeof *notes);
    if (!notes)
        abort();
    for (size_t i = 0; i < n; i++) {
        run_key_make(v[i], s->site->id, v[i]->fold.attempt + 1, v[i]->key);
        notes[i] = (struct run_note){ .run = v[i], .kind = RK_INTENT, .data = json_pack("{s:s}", "key", v[i]->key) };
    }
    enum status st = run_note_many(s->task, notes, n, err);
    for (size_t i = 0; i < n; i++)
        v[i]->unsent = v[i]->fold.state == RS_SUBMITTING;
    free(notes);
    return st;
}

/* The specs of a batch in one question; text of run i by specs_of. */
static enum status specs_get(struct sited *s, struct run *const *v, size_t n, struct db_rows **ret_rows,
                             struct err *err)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(ids, json_string(v[i]->id));
    char *text = json_dumps(ids, JSON_COMPACT);
    json_decref(ids);
    enum status st = db_run(s->task->db, SQL_WORK_RUN_SPEC, ret_rows, err, P_TEXT(text));
    free(text);
    return st;
}

static const char *specs_of(const struct db_rows *rows, const struct run *r)
{
    for (int i = 0; i < db_count(rows); i++)
        if (str_eq(db_text(rows, i, 0), r->id))
            return db_text(rows, i, 1);
    return "";
}

/* Folders and intents of a batch: after it, what remains in v may be sent. */
static enum status batch_ready(struct sited *s, struct run **v, struct prepared *p, size_t *n, struct arena *a,
                               struct err *err)
{
    ROWS_AUTO specs = NULL;
    size_t ready = 0;
    enum status st = specs_get(s, v, *n, &specs, err);
    for (size_t i = 0; !st && i < *n; i++) {
        struct err why = { 0 };
        if (prepare_run(s->kitchen, v[i], specs_of(specs, v[i]), a, &p[ready], &why))
            st = prepare_failed(s, v[i], &why, err);
        else
            v[ready++] = v[i];
    }
    *n = ready;
    if (st || !ready)
        return st;
    fault_point("before_intent");
    st = prepare_sync(err);
    if (!st)
        st = intents_write(s, v, ready, err);
    fault_point("after_intent");
    return st;
}

/* One batch more: it is made ready while the site works on the batch before, whose answers are taken after this one
 * is on its way. */
static enum status batch_dispatch(struct sited *s, struct flight *f, struct err *err)
{
    size_t cap = (size_t)g_conf->worker_batch;
    ARENA_AUTO a = arena_new((cap + 1) * PREPARE_BYTES);
    struct run **v = arena_alloc(a, cap * sizeof *v);
    struct prepared *p = arena_alloc(a, cap * sizeof *p);
    enum status st = queued_claim(s, err);
    size_t n = st ? 0 : queued_pick(s, v, cap);
    s->full_batch = n == cap;
    if (!n)
        return st;
    int64_t t0 = clock_mono_ms();
    st = batch_ready(s, v, p, &n, a, err);
    if (st)
        return st;
    int64_t t1 = clock_mono_ms();
    size_t before = f->sent;
    unsent_send(s, f, v, p, n);
    answers_take(s, f, f->sent - before);
    answers_flush(s, f);
    log_fmt(LOG_DEBUG, "dispatch.batch", "%zu runs: made ready in %lld ms, answers before in %lld", n,
            (long long)(t1 - t0), (long long)(clock_mono_ms() - t1));
    return ST_OK;
}

/* What has an intent, is known not to be sent, and was left from an earlier turn. */
static enum status unsent_again(struct sited *s, struct flight *f, struct err *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; !st && !f->stop && i < s->n; i++) {
        struct run *r = s->runs[i];
        if (r->dropped || r->fold.state != RS_SUBMITTING || !r->unsent)
            continue;
        if (r->fold.cancel_requested) {
            st = run_end(s, r, RK_CANCELLED, NULL, NULL, NULL, err);
            continue;
        }
        ARENA_AUTO a = arena_new(PREPARE_BYTES);
        ROWS_AUTO specs = NULL;
        struct prepared p = { 0 };
        st = specs_get(s, &r, 1, &specs, err);
        if (!st)
            st = prepare_again(s->kitchen, r, specs_of(specs, r), a, &p, err);
        if (!st)
            unsent_send(s, f, &r, &p, 1);
    }
    return st;
}

enum status dispatch_turn(struct sited *s, struct err *err)
{
    s->full_batch = false;
    if (s->unreachable || clock_mono_ms() < s->backoff_ms)
        return ST_OK;
    struct err e = { 0 };
    struct flight f = { .flush_ms = clock_mono_ms() + FLUSH_MS, .err = &e };
    int64_t until = clock_mono_ms() + TURN_MS;
    enum status st = unsent_again(s, &f, err);
    do
        st = st ? st : batch_dispatch(s, &f, err);
    while (!st && !f.st && !f.stop && s->full_batch && clock_mono_ms() < until && !worker_stopping(s->task));
    /* Every request sent has its answer read, whatever happened. */
    if (flight_end(s, &f) && !st) {
        st = f.st;
        if (err)
            *err = e;
    }
    /* Short jobs: look soon. With a queue behind this turn sending comes first. */
    if (f.sent && !s->full_batch && s->observe_ms > clock_mono_ms() + SOON_MS)
        s->observe_ms = clock_mono_ms() + SOON_MS;
    return st;
}

static enum status adopt(struct sited *s, struct run *r, const char *job_id, struct err *err)
{
    struct answer a = { .run = r };
    (void)str_fmt(a.job_id, sizeof a.job_id, "%s", job_id);
    log_kv(LOG_INFO, "dispatch.adopted", "found by its key", "run", r->id, "job", job_id, NULL);
    return answers_write(s, &a, 1, RK_ADOPTED, err);
}

/* The oldest job of the key stays, unless another holds the claim; the rest is cancelled. */
static enum status adopt_listed(struct sited *s, struct run *r, const struct site_obs *v, size_t n, struct err *err)
{
    char owner[SITE_JOB_ID_MAX] = "";
    const char *keep = v[0].job_id;
    if (claim_owner(r, owner))
        keep = owner;
    for (size_t i = 0; i < n; i++)
        if (!str_eq(v[i].job_id, keep) && !site_job_ended(v[i].state))
            (void)s->site->ops->control(s->site, v[i].job_id, SITE_CANCEL, NULL);
    return adopt(s, r, keep, err);
}

/* Nothing found and the time is up: the last look, then the same request again. */
static enum status send_again(struct sited *s, struct run *r, struct err *err)
{
    struct site_obs_list l = { 0 };
    struct err why = { 0 };
    if (s->site->ops->find(s->site, r->key, &l, &why) != SITE_DONE)
        return ST_OK;
    enum status st = ST_OK;
    if (l.n) {
        st = adopt_listed(s, r, l.v, l.n, err);
    } else {
        log_kv(LOG_WARN, "dispatch.again", "no trace of the submission: sent again under the same key", "run", r->id,
               "key", r->key, NULL);
        r->unsent = true;
        st = db_run(s->task->db, SQL_WORK_ATTEMPT_SENT, NULL, err, P_TEXT(r->id), P_I64(r->fold.attempt));
    }
    site_obs_free(&l);
    return st;
}

enum status dispatch_recover(struct sited *s, struct err *err)
{
    enum status st = ST_OK;
    int64_t now = clock_mono_ms();
    for (size_t i = 0; !st && i < s->n; i++) {
        struct run *r = s->runs[i];
        if (r->dropped || r->fold.state != RS_SUBMITTING || r->unsent)
            continue;
        /* Counted from when we first saw it: whoever sent it did so before. */
        if (!r->asked_ms)
            r->asked_ms = now;
        if (!s->jobs_fresh)
            continue;
        size_t n = 0;
        const struct site_obs *v = jobs_of_key(s, r->key, &n);
        char owner[SITE_JOB_ID_MAX];
        if (n)
            st = adopt_listed(s, r, v, n, err);
        else if (claim_owner(r, owner))
            st = adopt(s, r, owner, err);
        else if (now - r->asked_ms >= g_conf->adopt_settle)
            st = send_again(s, r, err);
    }
    return st;
}
