/* Runs under a worker's claim: loading, folding, writing under the fence.
 *
 * The fence makes a paused worker harmless: its UPDATE matches no row once somebody else has claimed the run. The
 * sequence number does the same for people's requests: an append after events we have not folded is refused (AT011),
 * we fold them and try again.
 */
#include "run.h"

#include "../portal/core/clock.h"
#include "../portal/core/jsonw.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define FOLD_TRIES 5
#define NOTE_MAX   (16u << 20) /* of one note as JSON: its event and the columns that come with it */

/* What one note will write. */
struct plan {
    struct run_note *note;
    struct run_fold next;
    char *data;
};

struct plan_tx {
    const struct plan *plans;
    size_t n;
    const char *worker, *notes;
    bool lost; /* a claim is gone */
};

bool run_attempt_path(const struct run *r, const char *rel, char *out)
{
    char in[512];
    return str_fmt(in, sizeof in, "attempt/a%02d%s%s", r->fold.attempt, rel[0] ? "/" : "", rel) &&
           path_run(out, r->project, r->id, in);
}

void run_key_make(const struct run *r, const char *site, int attempt, char out[SITE_KEY_MAX])
{
    (void)str_fmt(out, SITE_KEY_MAX, "ath-%s-%s-a%02d", site, r->id + 4, attempt);
}

static struct run *run_of_row(const struct db_rows *rows, int i)
{
    struct run *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    (void)str_fmt(r->id, sizeof r->id, "%s", db_text(rows, i, 0));
    (void)str_fmt(r->project, sizeof r->project, "%s", db_text(rows, i, 1));
    r->fence = db_i64(rows, i, 2);
    r->seq = db_i64(rows, i, 8);
    const char *job = db_text(rows, i, 5), *reason = db_text(rows, i, 12), *key = db_text(rows, i, 14);
    /* Before its first event is folded a run is new, whatever the column's default says. */
    if (r->seq > 0 && !run_state_parse(db_text(rows, i, 3), &r->fold.state))
        r->dropped = true;
    r->fold.attempt = (int)db_i64(rows, i, 4);
    (void)str_fmt(r->fold.site_job_id, sizeof r->fold.site_job_id, "%s", job ? job : "");
    r->fold.cancel_requested = db_bool(rows, i, 6);
    r->fold.hold_requested = db_bool(rows, i, 7);
    r->fold.unknown_since_us = db_i64(rows, i, 9);
    r->fold.started_at_us = db_i64(rows, i, 10);
    r->fold.ended_at_us = db_i64(rows, i, 11);
    (void)str_fmt(r->reason, sizeof r->reason, "%.63s", reason ? reason : "");
    r->start_estimate = db_i64(rows, i, 13);
    (void)str_fmt(r->key, sizeof r->key, "%s", key ? key : "");
    r->progress.t = db_f64(rows, i, 15);
    r->release_asked = db_bool(rows, i, 16);
    /* A new run has one event, its submission: no need to ask which, and the next note writes the fold. */
    const struct run_event submit = { .kind = RK_SUBMIT, .at_us = clock_wall_us() };
    r->events = db_i64(rows, i, 17);
    if (r->seq == 0 && r->events == 1 && !run_update(&r->fold, &submit, &r->fold, NULL))
        r->seq = 1;
    return r;
}

enum status run_load(struct task *t, const struct db_rows *ids, struct run ***ret_runs, size_t *ret_n, struct err *err)
{
    json_t *list = json_array();
    for (int i = 0; i < db_count(ids); i++)
        (void)json_array_append_new(list, json_string(db_text(ids, i, 0)));
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    ROWS_AUTO rows = NULL;
    enum status st = db_run(t->db, SQL_WORK_RUN_LOAD, &rows, err, P_TEXT(t->worker->id), P_TEXT(text));
    free(text);
    if (st)
        return st;
    size_t n = (size_t)db_count(rows);
    struct run **v = calloc(n + 1, sizeof *v);
    if (!v)
        abort();
    for (size_t i = 0; i < n; i++)
        v[i] = run_of_row(rows, (int)i);
    *ret_runs = v;
    *ret_n = n;
    return ST_OK;
}

/* A fold as work_run_write takes it; n: NULL, or the note whose event comes with it. */
static void fold_add(struct jsonw *w, const struct run *r, const struct run_fold *f, int64_t seq,
                     const struct run_note *n, const char *data)
{
    bool waits = f->state == RS_PENDING || f->state == RS_HELD;
    jsonw_obj(w);
    jsonw_kstr(w, "run", r->id);
    jsonw_ki64(w, "fence", r->fence);
    jsonw_ki64(w, "seq", seq);
    jsonw_kstr(w, "state", run_state_name(f->state));
    jsonw_ki64(w, "attempt", f->attempt);
    jsonw_kstr(w, "job", f->site_job_id[0] ? f->site_job_id : NULL);
    jsonw_kbool(w, "cancel", f->cancel_requested);
    jsonw_kbool(w, "hold", f->hold_requested);
    jsonw_kstr(w, "reason", waits && r->reason[0] ? r->reason : NULL);
    jsonw_ki64(w, "estimate", f->state == RS_PENDING ? r->start_estimate : 0);
    jsonw_ki64(w, "unknown", f->unknown_since_us);
    jsonw_ki64(w, "started", f->started_at_us);
    jsonw_ki64(w, "ended", f->ended_at_us);
    if (n) {
        jsonw_kstr(w, "kind", run_kind_name(n->kind));
        jsonw_kstr(w, "key", r->key);
        jsonw_kraw(w, "data", data);
        jsonw_kraw(w, "progress", n->progress);
        jsonw_kraw(w, "summary", n->summary);
        jsonw_kraw(w, "failure", n->failure);
        jsonw_kraw(w, "usage", n->usage);
    }
    jsonw_obj_end(w);
}

static enum status folds_write(struct db *db, const char *worker, const char *notes, int64_t *ret_written,
                               int64_t *ret_ours, struct err *err)
{
    ROWS_AUTO rows = NULL;
    enum status st = db_run(db, SQL_WORK_RUN_WRITE, &rows, err, P_TEXT(worker), P_TEXT(notes));
    *ret_written = st ? 0 : db_i64(rows, 0, 0);
    *ret_ours = st ? 0 : db_i64(rows, 0, 1);
    return st;
}

static void run_dropped(struct run *r)
{
    if (!r->dropped)
        log_kv(LOG_INFO, "run.dropped", "another worker has it now", "run", r->id, NULL);
    r->dropped = true;
}

enum status run_release(struct task *t, struct run *r, struct err *err)
{
    r->dropped = true;
    return db_run(t->db, SQL_WORK_RUN_RELEASE, NULL, err, P_TEXT(r->id), P_I64(r->fence));
}

enum status run_fold_news(struct task *t, struct run *r, struct err *err)
{
    ROWS_AUTO ev = NULL;
    enum status st = db_run(t->db, SQL_WORK_EVENT_AFTER, &ev, err, P_TEXT(r->id), P_I64(r->seq));
    if (st)
        return st;
    struct run_fold f = r->fold;
    int64_t seq = r->seq;
    for (int i = 0; i < db_count(ev); i++) {
        struct run_event e = { .attempt = (int)db_i64(ev, i, 2), .at_us = clock_wall_us() };
        struct err why = { 0 };
        bool known = run_kind_parse(db_text(ev, i, 1), &e.kind);
        /* A note of ours whose commit happened though its answer was lost: the columns know more than we do. */
        if (known && run_kind_writer(e.kind) == RUN_BY_WORKER && e.kind != RK_DUPLICATE)
            return run_release(t, r, err);
        if (known && run_update(&f, &e, &f, &why))
            log_kv(LOG_WARN, "run.event_ignored", why.text, "run", r->id, NULL);
        if (known && (e.kind == RK_RELEASE_REQUEST || e.kind == RK_HOLD_REQUEST))
            r->release_asked = e.kind == RK_RELEASE_REQUEST;
        seq = db_i64(ev, i, 0);
    }
    if (seq == r->seq)
        return ST_OK;
    struct jsonw w;
    BUF_AUTO note = { 0 };
    int64_t written, ours;
    buf_init(&note, NOTE_MAX);
    jsonw_init(&w, &note);
    jsonw_arr(&w);
    fold_add(&w, r, &f, seq, NULL, NULL);
    jsonw_arr_end(&w);
    st = folds_write(t->db, t->worker->id, note.p, &written, &ours, err);
    if (st)
        return st;
    if (!written) {
        run_dropped(r);
        return ST_OK;
    }
    r->fold = f;
    r->seq = seq;
    return ST_OK;
}

/* The folds first, the appends last: from the lock on, every other append waits for our commit. */
static enum status plans_tx(struct db *db, void *ctx, struct err *err)
{
    struct plan_tx *x = ctx;
    int64_t written, ours;
    enum status st = folds_write(db, x->worker, x->notes, &written, &ours, err);
    x->lost = !st && ours < (int64_t)x->n;
    if (!st && written < (int64_t)x->n)
        st = err_field(err, ST_CONFLICT, x->lost ? "lease_lost" : "stale_fold", NULL,
                       "somebody else has written the run");
    for (size_t i = 0; !st && i < x->n; i++) {
        const struct run_note *n = x->plans[i].note;
        if (n->also)
            st = n->also(db, n->run, n->ctx, err);
    }
    if (!st)
        st = db_run0(db, SQL_WORK_EVENT_LOCK, NULL, err);
    return st ? st : db_run(db, SQL_WORK_EVENT_APPEND, NULL, err, P_TEXT(x->notes));
}

static enum status plans_write(struct task *t, struct plan *plans, size_t n, bool *ret_lost, struct err *err)
{
    struct jsonw w;
    BUF_AUTO b = { 0 };
    buf_init(&b, n * NOTE_MAX);
    jsonw_init(&w, &b);
    jsonw_arr(&w);
    for (size_t i = 0; i < n; i++)
        fold_add(&w, plans[i].note->run, &plans[i].next, plans[i].note->run->seq, plans[i].note, plans[i].data);
    jsonw_arr_end(&w);
    if (!buf_ok(&b))
        return err_set(err, ST_TOOBIG, "the event is too large to be kept");
    struct plan_tx x = { .plans = plans, .n = n, .worker = t->worker->id, .notes = b.p };
    enum status st = db_tx(t->db, DB_READ_COMMITTED, plans_tx, &x, err);
    *ret_lost = x.lost;
    return st;
}

/* Folds the note on the run's present state. */
static enum status plan_make(struct run_note *n, struct plan *ret_p, struct err *err)
{
    struct run *r = n->run;
    struct run_event e = { .kind = n->kind,
                           .attempt = r->fold.attempt + (n->kind == RK_INTENT),
                           .at_us = clock_wall_us(),
                           .site_job_id = n->job_id };
    enum status st = run_update(&r->fold, &e, &ret_p->next, err);
    if (st)
        return st;
    ret_p->note = n;
    ret_p->data = n->data ? json_dumps(n->data, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    if (!ret_p->data)
        ret_p->data = strdup("{}");
    if (!ret_p->data)
        abort();
    return ST_OK;
}

static void plan_done(struct plan *p)
{
    struct run *r = p->note->run;
    bool again = p->next.state == RS_QUEUED;
    r->fold = p->next;
    r->seq++;
    if (again) {
        r->key[0] = r->owner[0] = 0;
        r->end_known = r->unsent = false;
        r->asked_ms = r->absent_ms = r->control_ms = 0;
    }
}

static enum status run_note_one(struct task *t, struct run_note *n, struct err *err)
{
    enum status st = ST_OK;
    for (int i = 0; i < FOLD_TRIES && !n->run->dropped; i++) {
        struct plan p;
        struct err e = { 0 };
        st = plan_make(n, &p, err);
        if (st)
            return st;
        bool lost = false;
        st = plans_write(t, &p, 1, &lost, &e);
        free(p.data);
        if (!st) {
            plan_done(&p);
            return ST_OK;
        }
        if (lost) {
            run_dropped(n->run);
            return ST_OK;
        }
        if (!str_eq(e.code, "stale_fold")) {
            if (err)
                *err = e;
            return st;
        }
        st = run_fold_news(t, n->run, err);
        if (st)
            return st;
    }
    return n->run->dropped ? ST_OK : st;
}

enum status run_note(struct task *t, struct run_note *n, struct err *err)
{
    enum status st = run_note_one(t, n, err);
    json_decref(n->data);
    n->data = NULL;
    return st;
}

/* One by one: conflicts are of one run and end there, a lost database ends it all. */
static enum status notes_singly(struct task *t, struct run_note *notes, size_t n, struct err *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; !st && i < n; i++) {
        struct err e = { 0 };
        if (!run_note_one(t, &notes[i], &e))
            continue;
        if (e.st == ST_UNAVAIL || e.st == ST_RETRY) {
            st = e.st;
            if (err)
                *err = e;
        } else {
            log_err(LOG_WARN, "run.note", &e);
        }
    }
    return st;
}

enum status run_note_many(struct task *t, struct run_note *notes, size_t n, struct err *err)
{
    struct plan *plans = calloc(n + 1, sizeof *plans);
    if (!plans)
        abort();
    enum status st = ST_OK;
    size_t made = 0;
    for (; !st && made < n; made += !st)
        st = notes[made].run->dropped ? ST_CONFLICT : plan_make(&notes[made], &plans[made], NULL);
    struct err e = { 0 };
    bool lost;
    if (!st && n)
        st = plans_write(t, plans, made, &lost, &e);
    for (size_t i = 0; i < made; i++) {
        if (!st)
            plan_done(&plans[i]);
        free(plans[i].data);
    }
    free(plans);
    if (st == ST_UNAVAIL && err)
        *err = e;
    else if (st)
        st = notes_singly(t, notes, n, err);
    for (size_t i = 0; i < n; i++) {
        json_decref(notes[i].data);
        notes[i].data = NULL;
    }
    return st;
}
