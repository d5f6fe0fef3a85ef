/* The transaction runner: BEGIN, the caller's function, COMMIT; again from the start when the database says that two
 * transactions got in each other's way (40001, 40P01).
 *
 * Caveats: a COMMIT whose answer is lost may have happened. The caller learns it as ST_UNAVAIL "commit_unknown";
 * repeating is harmless where rows carry an id made before, which is the rule here.
 * A function that swallows a failed statement cannot commit half of its work: PostgreSQL answers COMMIT with
 * ROLLBACK then, and so do we.
 */
#include "db_int.h"

#include "../core/clock.h"
#include "../core/id.h"

#include <assert.h>
#include <string.h>

#define TRIES_MAX    20
#define PAUSE_MAX_MS 200

static const char *const BEGIN_TEXT[] = {
    [DB_READ_COMMITTED] = "BEGIN",
    [DB_REPEATABLE_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ",
    [DB_SERIALIZABLE] = "BEGIN ISOLATION LEVEL SERIALIZABLE",
};

/* Between 1 ms and twice the last bound: two that collided must not collide again in step. */
static void pause_before_try(int tries)
{
    uint16_t r;
    rand_bytes(&r, sizeof r);
    int64_t bound = tries < 6 ? (int64_t)4 << tries : PAUSE_MAX_MS;
    clock_sleep_ms(1 + r % bound);
}

static enum status commit(struct db *db, struct err *err)
{
    RESULT_AUTO res = PQexec(db->pg, "COMMIT");
    if (PQresultStatus(res) != PGRES_COMMAND_OK) {
        enum status st = db_error(db->pg, res, "commit", err);
        if (st == ST_UNAVAIL && PQstatus(db->pg) != CONNECTION_OK && err) {
            err_field(err, ST_UNAVAIL, "commit_unknown", NULL,
                      "The database went away while saving; the change may or may not have been made.");
            err_hint(err, "Repeating the same request is safe.");
        }
        return st;
    }
    if (strcmp(PQcmdStatus(res), "COMMIT") == 0)
        return ST_OK;
    if (db->tx_retry)
        return err_set(err, ST_RETRY, "Somebody else changed the same things; please try again.");
    return err_set(err, ST_FATAL, "A transaction went on after a failed statement and was rolled back.");
}

static enum status try_once(struct db *db, enum db_level level, db_tx_fn *fn, void *ctx, struct err *err)
{
    enum status st = db_ready(db, err);
    if (st == ST_OK)
        st = db_exec_text(db->pg, BEGIN_TEXT[level], "begin", err);
    if (st) {
        if (db->pg && PQstatus(db->pg) != CONNECTION_OK)
            db_drop(db);
        return st;
    }
    db->in_tx = true;
    db->tx_retry = false;
    st = fn(db, ctx, err);
    if (st == ST_OK)
        st = commit(db, err);
    else
        (void)db_exec_text(db->pg, "ROLLBACK", "rollback", NULL);
    db->in_tx = false;
    /* A rollback that did not get through leaves a connection nobody may use again. */
    if (PQstatus(db->pg) != CONNECTION_OK || PQtransactionStatus(db->pg) != PQTRANS_IDLE)
        db_drop(db);
    return st;
}

enum status db_tx(struct db *db, enum db_level level, db_tx_fn *fn, void *ctx, struct err *err)
{
    assert(!db->in_tx);
    struct err why = { 0 };
    enum status st = ST_RETRY;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        if (tries)
            pause_before_try(tries);
        err_clear(&why);
        st = try_once(db, level, fn, ctx, &why);
        if (st != ST_RETRY)
            break;
    }
    if (st && err)
        *err = why;
    return st;
}
