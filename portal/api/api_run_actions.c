/* POST /runs/:id/cancel, hold, release, requeue: what people ask of a run.
 *
 * The portal only writes down the wish, as an event; a worker carries it out. The wish is checked against the fold of
 * all events, also those the worker has not taken in yet, and appended only if no event came in between (AT011, then
 * look again). Asking for what is already so answers 202 without a second event, so a repeated click is harmless.
 */
#include "run.h"

#include "../core/str.h"

#include <string.h>

#define STALE_TRIES 8

/* The stored fold as the model's type. Times matter only as "is set". */
static void fold_fill(const struct db_rows *r, struct run_fold *f)
{
    enum { STATE, ATTEMPT, JOB, CANCEL, HOLD, UNKNOWN, STARTED, ENDED };

    *f = (struct run_fold){ .attempt = (int)db_i64(r, 0, ATTEMPT),
                            .cancel_requested = db_bool(r, 0, CANCEL),
                            .hold_requested = db_bool(r, 0, HOLD),
                            .unknown_since_us = db_bool(r, 0, UNKNOWN),
                            .started_at_us = db_bool(r, 0, STARTED),
                            .ended_at_us = db_bool(r, 0, ENDED) };
    (void)run_state_parse(db_text(r, 0, STATE), &f->state);
    (void)str_fmt(f->site_job_id, sizeof f->site_job_id, "%s", db_text(r, 0, JOB) ? db_text(r, 0, JOB) : "");
}

enum status run_fold_read(struct db *db, const char *run, struct run_fold *ret_f, int64_t *ret_seq, bool *ret_trashed,
                          struct err *err)
{
    enum { EVENT_SEQ = 8, FOLDED_SEQ, TRASHED };
    ROWS_AUTO r = NULL;
    ROWS_AUTO events = NULL;
    struct run_fold f;
    int64_t seq;
    enum status st;

    st = db_run(db, SQL_RUN_FOLD, &r, err, P_TEXT(run));
    if (st)
        return st;
    if (db_count(r) == 0)
        return err_field(err, ST_NOTFOUND, "run_not_found", NULL, "There is no such run.");
    fold_fill(r, &f);
    seq = db_i64(r, 0, FOLDED_SEQ);
    if (seq < db_i64(r, 0, EVENT_SEQ)) {
        st = db_run(db, SQL_RUN_UNFOLDED, &events, err, P_TEXT(run), P_I64(seq));
        if (st)
            return st;
    }
    for (int i = 0; events && i < db_count(events); i++) {
        struct run_event ev = { .attempt = (int)db_i64(events, i, 1), .at_us = 1, .site_job_id = "?" };

        if (run_kind_parse(db_text(events, i, 0), &ev.kind) && ev.kind != RK_SUBMIT)
            (void)run_update(&f, &ev, &f, NULL); /* a refused step changes nothing */
    }
    *ret_f = f;
    *ret_seq = db_i64(r, 0, EVENT_SEQ);
    *ret_trashed = db_bool(r, 0, TRASHED);
    return ST_OK;
}

/* Is it so already, or wished already? */
static bool wish_stands(const struct run_fold *f, enum run_kind kind)
{
    switch (kind) {
    case RK_CANCEL_REQUEST:
        return f->cancel_requested && !run_state_ended(f->state);
    case RK_HOLD_REQUEST:
        return f->hold_requested && !run_state_ended(f->state);
    default:
        return false;
    }
}

struct ask {
    const char *run, *account;
    enum run_kind kind;
};

static enum status ask_tx(struct db *db, void *ctx, struct err *err)
{
    const struct ask *a = ctx;
    struct run_fold f;
    int64_t seq;
    bool trashed;
    enum status st;

    st = run_fold_read(db, a->run, &f, &seq, &trashed, err);
    if (st || wish_stands(&f, a->kind))
        return st;
    if (trashed && a->kind == RK_REQUEUE_REQUEST) {
        err_field(err, ST_CONFLICT, "run_trashed", NULL, "This run is in the trash.");
        return err_hint(err, "Take it out of the trash first.");
    }
    st = run_request_check(&f, a->kind, err);
    if (!st)
        st = db_run0(db, SQL_RUN_WAKE_WORKER, NULL, err);
    if (!st)
        st = db_run(db, SQL_RUN_ASK, NULL, err, P_TEXT(a->run), P_I64(seq), P_TEXT(run_kind_name(a->kind)), P_I64(0),
                    P_TEXT(a->account), P_TEXT("{}"));
    return st;
}

enum status run_tx_fresh(struct db *db, enum status (*fn)(struct db *db, void *ctx, struct err *err), void *ctx,
                         struct err *err)
{
    struct err local = { 0 };
    enum status st = ST_OK;

    for (int i = 0; i < STALE_TRIES; i++) {
        err_clear(&local);
        st = db_tx(db, DB_READ_COMMITTED, fn, ctx, &local);
        if (st != ST_CONFLICT || !str_eq(local.sqlstate, "AT011"))
            break;
    }
    if (st && err)
        *err = local;
    return st;
}

static enum status run_ask(struct http_req *req, struct http_reply *ret, enum run_kind kind, struct err *err)
{
    struct ask a = { .run = req->arg[0], .account = api_me(req)->account, .kind = kind };
    enum status st = run_tx_fresh(api_db(req), ask_tx, &a, err);

    return st ? st : run_reply(req, ret, 202, req->arg[0], err);
}

enum status api_run_cancel(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return run_ask(req, ret, RK_CANCEL_REQUEST, err);
}

enum status api_run_hold(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return run_ask(req, ret, RK_HOLD_REQUEST, err);
}

enum status api_run_release(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return run_ask(req, ret, RK_RELEASE_REQUEST, err);
}

enum status api_run_requeue(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return run_ask(req, ret, RK_REQUEUE_REQUEST, err);
}
