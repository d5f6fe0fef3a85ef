/* Statements and rows: runs one compiled-in statement, gives its rows in text form.
 *
 * Flow: db_query makes the connection usable, prepares the statement under its own name the first time this
 * connection needs it, executes, and turns a failure into a struct err by SQLSTATE (never by message text).
 *
 * Caveats: bytea parameters travel in binary, everything else as text. A caller that names a row or column
 * out of range has a defect: the accessors assert.
 */
#include "db_int.h"

#include "../core/clock.h"
#include "../core/id.h"
#include "../core/num.h"
#include "../core/str.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 5 /* of one statement outside a transaction */

/* libpq's result is our row set: the opaque struct only hides libpq from the rest of the program. */
static PGresult *result_of(const struct db_rows *r)
{
    return (PGresult *)r;
}

/* --- errors ------------------------------------------------------------------------------------------------- */

struct state_map {
    const char *state; /* whole SQLSTATE or its beginning; the first row that fits decides */
    enum status st;
    const char *code;
    const char *text;
};

static const struct state_map STATE_MAP[] = {
    { "40001", ST_RETRY, "serialisation", "Somebody else changed the same things; please try again." },
    { "40P01", ST_RETRY, "deadlock", "Somebody else changed the same things; please try again." },
    { "AT001", ST_QUOTA, "quota_account", "Your storage quota does not have room for this." },
    { "AT002", ST_QUOTA, "quota_project", "The project's storage quota does not have room for this." },
    { "AT010", ST_NOTFOUND, "not_found", "There is no such run." },
    { "AT011", ST_CONFLICT, "stale_fold", "The run changed meanwhile." },
    { "AT012", ST_CONFLICT, "stale_fence", "Another worker has taken over this run." },
    { "23505", ST_CONFLICT, "already_exists", "This exists already." },
    { "23503", ST_NOTFOUND, "reference_missing", "Something this refers to does not exist (any more)." },
    { "23", ST_INVALID, "constraint", "A value is outside what is allowed here." },
    { "22", ST_INVALID, "bad_value", "A value cannot be stored as it is." },
    { "42501", ST_DENIED, "database_denied", "The database does not let this program do that." },
    { "57014", ST_UNAVAIL, "database_slow", "The database took too long and the request was stopped." },
    { "55P03", ST_UNAVAIL, "database_busy", "Somebody else holds what this request needs." },
    { "08", ST_UNAVAIL, "database_lost", "The connection to the database was lost." },
    { "57P", ST_UNAVAIL, "database_restart", "The database is being restarted." },
    { "53", ST_UNAVAIL, "database_full", "The database has no room or no connection left." },
    { "25006", ST_UNAVAIL, "database_read_only", "The database is read-only at the moment." },
};

enum status db_error(PGconn *pg, const PGresult *res, const char *name, struct err *err)
{
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *what = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *where = res ? PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME) : NULL;
    enum status st = ST_FATAL;
    const char *code = "database_error", *text = "The database refused a statement of the portal.";

    if (!state) {
        st = ST_UNAVAIL;
        code = "database_lost";
        text = "The connection to the database was lost.";
    }
    for (size_t i = 0; state && i < sizeof STATE_MAP / sizeof STATE_MAP[0]; i++) {
        if (str_starts(state, STATE_MAP[i].state)) {
            st = STATE_MAP[i].st;
            code = STATE_MAP[i].code;
            text = STATE_MAP[i].text;
            break;
        }
    }
    err_field(err, st, code, NULL, "%s", text);
    if (err && state)
        (void)str_fmt(err->sqlstate, sizeof err->sqlstate, "%s", state);
    err_detail(err, "%s: %s%s%s", name, what ? what : PQerrorMessage(pg), where ? " constraint " : "",
               where ? where : "");
    return st;
}

enum status db_exec_text(PGconn *pg, const char *text, const char *name, struct err *err)
{
    RESULT_AUTO res = PQexec(pg, text);
    ExecStatusType got = PQresultStatus(res);
    if (got != PGRES_COMMAND_OK && got != PGRES_TUPLES_OK)
        return db_error(pg, res, name, err);
    return ST_OK;
}

/* --- statements --------------------------------------------------------------------------------------------- */

/* Parameters in the form PQexecPrepared wants; numbers are written into `scratch`. */
struct wire_params {
    const char *values[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX];
    int formats[DB_PARAMS_MAX];
    char scratch[DB_PARAMS_MAX][32];
};

static void params_to_wire(const struct db_param *p, size_t n, struct wire_params *w)
{
    for (size_t i = 0; i < n; i++) {
        w->lengths[i] = 0;
        w->formats[i] = 0;
        w->values[i] = w->scratch[i];
        switch (p[i].type) {
        case DBP_NULL:
            w->values[i] = NULL;
            break;
        case DBP_TEXT:
            w->values[i] = p[i].s;
            break;
        case DBP_I64:
            (void)snprintf(w->scratch[i], sizeof w->scratch[i], "%" PRId64, p[i].i);
            break;
        case DBP_F64:
            (void)snprintf(w->scratch[i], sizeof w->scratch[i], "%.17g", p[i].f);
            break;
        case DBP_BOOL:
            w->values[i] = p[i].i ? "t" : "f";
            break;
        case DBP_BYTES:
            assert(p[i].n <= INT32_MAX);
            w->values[i] = p[i].s ? p[i].s : "";
            w->lengths[i] = (int)p[i].n;
            w->formats[i] = 1;
            break;
        }
    }
}

static enum status statement_prepare(struct db *db, enum sql_id q, struct err *err)
{
    const struct sql_def *def = &sql_table[q];
    RESULT_AUTO res = PQprepare(db->pg, def->name, def->text, 0, NULL);
    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        return db_error(db->pg, res, def->name, err);
    db->prepared[q] = true;
    return ST_OK;
}

/* After a migration under a running portal a prepared plan may no longer fit, and a pooler in between may have
 * forgotten it: both are cured by a fresh connection. */
static bool plan_is_stale(const struct err *err)
{
    return str_eq(err->sqlstate, "0A000") || str_eq(err->sqlstate, "26000");
}

static enum status statement_run(struct db *db, enum sql_id q, const struct wire_params *w, size_t n,
                                 struct db_rows **ret_rows, struct err *err)
{
    RESULT_AUTO res = NULL;
    enum status st = db_ready(db, err);
    if (st == ST_OK && !db->prepared[q])
        st = statement_prepare(db, q, err);
    if (st)
        goto out;
    res = PQexecPrepared(db->pg, sql_table[q].name, (int)n, w->values, w->lengths, w->formats, 0);
    ExecStatusType got = PQresultStatus(res);
    if (got != PGRES_COMMAND_OK && got != PGRES_TUPLES_OK) {
        st = db_error(db->pg, res, sql_table[q].name, err);
        goto out;
    }
    if (ret_rows) {
        *ret_rows = (struct db_rows *)res;
        res = NULL;
    }
out:
    if (st == ST_RETRY)
        db->tx_retry = true;
    if (db->pg && PQstatus(db->pg) != CONNECTION_OK && !db->in_tx)
        db_drop(db);
    return st;
}

enum status db_query(struct db *db, enum sql_id q, const struct db_param *p, size_t n, struct db_rows **ret_rows,
                     struct err *err)
{
    assert(q < SQL_COUNT);
    if (n != (size_t)sql_table[q].n_params || n > DB_PARAMS_MAX) {
        err_set(err, ST_FATAL, "A statement was called with the wrong number of parameters.");
        return err_detail(err, "%s wants %d, got %zu", sql_table[q].name, sql_table[q].n_params, n);
    }
    struct wire_params w;
    struct err why = { 0 };
    params_to_wire(p, n, &w);
    enum status st = statement_run(db, q, &w, n, ret_rows, &why);
    /* Outside a transaction a statement that failed has done nothing, so it may simply run again. */
    for (int tries = 1; !db->in_tx && tries < TRIES_MAX; tries++) {
        bool stale = st == ST_FATAL && plan_is_stale(&why);
        if (stale)
            db_drop(db);
        else if (st == ST_RETRY)
            clock_sleep_ms(tries * 5);
        else
            break;
        err_clear(&why);
        st = statement_run(db, q, &w, n, ret_rows, &why);
    }
    if (st && err)
        *err = why;
    return st;
}

/* --- rows --------------------------------------------------------------------------------------------------- */

void db_rows_free(struct db_rows *r)
{
    PQclear(result_of(r));
}

static void rows_free_deferred(void *r)
{
    db_rows_free(r);
}

struct db_rows *db_rows_keep(struct db_rows *r, struct arena *a)
{
    if (r)
        arena_defer(a, rows_free_deferred, r);
    return r;
}

int db_count(const struct db_rows *r)
{
    return r ? PQntuples(result_of(r)) : 0;
}

int64_t db_affected(const struct db_rows *r)
{
    int64_t n = 0;
    if (!r || !num_i64(PQcmdTuples(result_of(r)), 0, INT64_MAX, &n))
        return 0;
    return n;
}

bool db_null(const struct db_rows *r, int row, int col)
{
    assert(row >= 0 && row < db_count(r) && col >= 0 && col < PQnfields(result_of(r)));
    return PQgetisnull(result_of(r), row, col) != 0;
}

const char *db_text(const struct db_rows *r, int row, int col)
{
    return db_null(r, row, col) ? NULL : PQgetvalue(result_of(r), row, col);
}

size_t db_len(const struct db_rows *r, int row, int col)
{
    return db_null(r, row, col) ? 0 : (size_t)PQgetlength(result_of(r), row, col);
}

int64_t db_i64(const struct db_rows *r, int row, int col)
{
    const char *s = db_text(r, row, col);
    int64_t v = 0;
    return s && num_i64(s, INT64_MIN, INT64_MAX, &v) ? v : 0;
}

double db_f64(const struct db_rows *r, int row, int col)
{
    /* float8out writes what strtod reads back; "NaN" and "Infinity" included, which num_double would refuse. */
    const char *s = db_text(r, row, col);
    return s ? strtod(s, NULL) : 0;
}

bool db_bool(const struct db_rows *r, int row, int col)
{
    const char *s = db_text(r, row, col);
    return s && s[0] == 't';
}

bool db_bytes(const struct db_rows *r, int row, int col, void *out, size_t n)
{
    const char *s = db_text(r, row, col);
    return s && str_starts(s, "\\x") && db_len(r, row, col) == 2 + 2 * n && hex_decode(s + 2, out, n);
}
