/* DELETE /runs/:id and POST /runs/:id/restore: the trash of runs.
 *
 * Deleting hides at once. A run that has not ended is asked to stop in the same transaction, so that taking a launch
 * back is one request; what may still write is deleted for good by nobody. The deletion itself is the workers'
 * (purge_run.c), after trash_days or when the project's trash is emptied. Both wishes are events: streams, timelines
 * and other wishes see them in order, and a requeue that races with a deletion finds its fold stale.
 */
#include "run.h"

#include "../core/str.h"

static enum status event_add(struct db *db, const char *run, struct db_param seq, enum run_kind kind,
                             const char *account, struct err *err)
{
    return db_run(db, SQL_RUN_ASK, NULL, err, P_TEXT(run), seq, P_TEXT(run_kind_name(kind)), P_I64(0), P_TEXT(account),
                  P_TEXT("{}"));
}

struct trash {
    const char *run, *account;
};

static enum status trash_tx(struct db *db, void *ctx, struct err *err)
{
    const struct trash *t = ctx;
    ROWS_AUTO hidden = NULL;
    struct run_fold f;
    int64_t seq;
    bool trashed;
    enum status st = run_fold_read(db, t->run, &f, &seq, &trashed, err);

    if (st || trashed)
        return st;
    st = db_run(db, SQL_RUN_TRASH, &hidden, err, P_TEXT(t->run));
    if (st || db_count(hidden) == 0) /* somebody else was quicker */
        return st;
    bool stop = !run_state_ended(f.state) && !f.cancel_requested;
    if (stop)
        st = db_run0(db, SQL_RUN_WAKE_WORKER, NULL, err);
    if (!st && stop)
        st = event_add(db, t->run, P_I64(seq), RK_CANCEL_REQUEST, t->account, err);
    return st ? st : event_add(db, t->run, stop ? P_NULL : P_I64(seq), RK_TRASHED, t->account, err);
}

enum status api_runs_delete(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct trash t = { .run = req->arg[0], .account = api_me(req)->account };
    enum status st = run_tx_fresh(api_db(req), trash_tx, &t, err);

    if (!st)
        api_no_content(ret);
    return st;
}

static enum status restore_tx(struct db *db, void *ctx, struct err *err)
{
    const struct trash *t = ctx;
    ROWS_AUTO shown = NULL;
    enum status st = db_run(db, SQL_RUN_RESTORE, &shown, err, P_TEXT(t->run));

    if (st)
        return st;
    if (db_count(shown) == 0)
        return err_field(err, ST_CONFLICT, "not_trashed", NULL, "This run is not in the trash.");
    return event_add(db, t->run, P_NULL, RK_RESTORED, t->account, err);
}

enum status api_runs_restore(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct trash t = { .run = req->arg[0], .account = api_me(req)->account };
    enum status st = db_tx(api_db(req), DB_READ_COMMITTED, restore_tx, &t, err);

    return st ? st : run_reply(req, ret, 200, req->arg[0], err);
}
