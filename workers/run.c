/* Runs under a worker's claim: loading, folding, writing under the fence.
 *
 * The fence makes a paused worker harmless: its UPDATE matches no row once somebody else has claimed the run. The
 * sequence number does the same for people's requests: an append after events we have not folded is refused (AT011),
 * we fold them and try again.
 */
#include "run.h"

#include "../portal/core/clock.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define FOLD_TRIES 5

/* What one note will write. */
struct plan {
    struct run_note *note;
    struct run_fold next;
    int attempt;
    char *data;
    bool lost; /* the claim is gone */
};

struct plan_tx {
    struct plan *plans;
    size_t n;
    const char *worker;
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

/* The fold into its columns; no row: the claim is gone. */
static enum status fold_write(struct db *db, const char *worker, const struct run *r, const struct run_fold *f,
                              int64_t seq, const struct run_note *n, bool *ret_lost, struct err *err)
{
    ROWS_AUTO rows = NULL;
    bool waits = f->state == RS_PENDING || f->state == RS_HELD;
    enum status st = db_run(db, SQL_WORK_RUN_WRITE, &rows, err, P_TEXT(r->id), P_I64(r->fence), P_TEXT(worker),
                            P_TEXT(run_state_name(f->state)), P_I64(f->attempt),
                            P_TEXT(f->site_job_id[0] ? f->site_job_id : NULL), P_BOOL(f->cancel_requested),
                            P_BOOL(f->hold_requested), P_I64(seq), P_TEXT(waits && r->reason[0] ? r->reason : NULL),
                            P_I64(f->state == RS_PENDING ? r->start_estimate : 0), P_I64(f->unknown_since_us),
                            P_I64(f->started_at_us), P_I64(f->ended_at_us), P_TEXT(n ? n->progress : NULL),
                            P_TEXT(n ? n->summary : NULL), P_TEXT(n ? n->failure : NULL), P_TEXT(n ? n->usage : NULL));
    *ret_lost = !st && db_affected(rows) == 0;
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
    bool lost = false;
    st = fold_write(t->db, t->worker->id, r, &f, seq, NULL, &lost, err);
    if (st)
        return st;
    if (lost) {
        run_dropped(r);
        return ST_OK;
    }
    r->fold = f;
    r->seq = seq;
    return ST_OK;
}

/* All plans' folds first, all appends last: from the first append on, every other append waits for our commit. */
static enum status plans_tx(struct db *db, void *ctx, struct err *err)
{
    struct plan_tx *x = ctx;
    enum status st = ST_OK;
    for (size_t i = 0; !st && i < x->n; i++) {
        struct plan *p = &x->plans[i];
        st = fold_write(db, x->worker, p->note->run, &p->next, p->note->run->seq + 1, p->note, &p->lost, err);
        if (!st && p->lost)
            st = err_field(err, ST_CONFLICT, "lease_lost", NULL, "the claim on the run is gone");
        if (!st && p->note->also)
            st = p->note->also(db, p->note->run, p->note->ctx, err);
    }
    for (size_t i = 0; !st && i < x->n; i++) {
        struct plan *p = &x->plans[i];
        st = db_run(db, SQL_WORK_EVENT_APPEND, NULL, err, P_TEXT(p->note->run->id), P_I64(p->note->run->seq),
                    P_TEXT(run_kind_name(p->note->kind)), P_I64(p->attempt), P_TEXT(p->data));
    }
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
    ret_p->attempt = e.attempt;
    ret_p->lost = false;
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
        struct plan_tx x = { &p, 1, t->worker->id };
        st = db_tx(t->db, DB_READ_COMMITTED, plans_tx, &x, &e);
        free(p.data);
        if (!st) {
            plan_done(&p);
            return ST_OK;
        }
        if (p.lost || str_eq(e.sqlstate, "AT012")) {
            run_dropped(n->run);
            return ST_OK;
        }
        if (!str_eq(e.sqlstate, "AT011")) {
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
    struct plan_tx x = { plans, made, t->worker->id };
    struct err e = { 0 };
    if (!st && n)
        st = db_tx(t->db, DB_READ_COMMITTED, plans_tx, &x, &e);
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
