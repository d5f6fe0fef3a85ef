/* PostgreSQL: the only folder that includes libpq. One struct db is one
 * connection, used by one thread at a time. Statements live in sql/<name>.sql,
 * are compiled in as enum sql_id (SQL_<NAME>) and prepared lazily under their
 * name on each connection. Parameters only by number; there is no way to run
 * other text outside migrate.c.
 *
 * sql/<name>.sql: first line "-- <name>: what it does; $1 type meaning, ...",
 * then exactly one statement. A test prepares each against the migrated schema.
 *
 * Errors: 40001/40P01 -> ST_RETRY; class 08, 57P0x, 53300 -> ST_UNAVAIL; 23505 ->
 * ST_CONFLICT; 23503 -> ST_NOTFOUND; 23514 -> ST_INVALID; 42501 -> ST_DENIED; AT001-AT0nn raised by our SQL
 * functions: see sqlstate table in docs/contracts.md; else ST_FATAL. A lost connection is
 * reopened by the next call (outside a transaction), with growing pauses.
 */
#ifndef ATH_DB_H
#define ATH_DB_H

#include "../core/arena.h"
#include "../core/err.h"

#include <stdbool.h>
#include <stdint.h>

#include "sql_ids.h" /* generated: enum sql_id, SQL_COUNT */

struct db;
struct db_rows;

enum db_role { DB_WEB, DB_WORKER, DB_OWNER };

/* Opens (blocking, connect_timeout 5 s). role picks the connection string from settings; app: application_name. */
enum status db_open(enum db_role role, const char *app, struct db **ret_db, struct err *err);
void db_close(struct db *db); /* NULL-safe */

enum db_type { DBP_NULL, DBP_TEXT, DBP_I64, DBP_F64, DBP_BOOL, DBP_BYTES };
struct db_param {
    enum db_type type;
    const char *s; /* DBP_TEXT: text, json, timestamps, arrays as text; DBP_BYTES: bytes */
    int64_t i;
    double f;
    size_t n; /* DBP_BYTES */
};
/* A function, so that arrays may be given without a warning about their address. NULL is SQL's NULL. */
static inline struct db_param db_param_text(const char *s)
{
    return (struct db_param){ .type = s ? DBP_TEXT : DBP_NULL, .s = s };
}
#define P_TEXT(x)       db_param_text(x)
#define P_I64(x)        ((struct db_param){ .type = DBP_I64, .i = (x) })
#define P_F64(x)        ((struct db_param){ .type = DBP_F64, .f = (x) })
#define P_BOOL(x)       ((struct db_param){ .type = DBP_BOOL, .i = (x) ? 1 : 0 })
#define P_BYTES(x, len) ((struct db_param){ .type = DBP_BYTES, .s = (const char *)(x), .n = (len) })
#define P_NULL          ((struct db_param){ .type = DBP_NULL })

/* Runs one statement. ret_rows may be NULL when the rows do not matter. */
enum status db_query(struct db *db, enum sql_id q, const struct db_param *p, size_t n, struct db_rows **ret_rows,
                     struct err *err);
/* Same with parameters listed: db_run(db, SQL_X, &rows, err, P_TEXT(id), P_I64(3)). */
#define db_run(db, q, ret_rows, err, ...)                                                                              \
    db_query((db), (q), (const struct db_param[]){ __VA_ARGS__ },                                                      \
             sizeof((const struct db_param[]){ __VA_ARGS__ }) / sizeof(struct db_param), (ret_rows), (err))
#define db_run0(db, q, ret_rows, err) db_query((db), (q), NULL, 0, (ret_rows), (err))

void db_rows_free(struct db_rows *r); /* NULL-safe */
static inline void db_rows_cleanup(struct db_rows **r)
{
    db_rows_free(*r);
}
#define ROWS_AUTO __attribute__((cleanup(db_rows_cleanup))) struct db_rows *
/* Lets the arena free it. Returns r. */
struct db_rows *db_rows_keep(struct db_rows *r, struct arena *a);
int db_count(const struct db_rows *r);
int64_t db_affected(const struct db_rows *r); /* rows changed by INSERT/UPDATE/DELETE */
/* Columns by position; NULL text gives NULL, other NULLs give 0/false: ask db_null. Borrowed from r. */
const char *db_text(const struct db_rows *r, int row, int col);
size_t db_len(const struct db_rows *r, int row, int col);
int64_t db_i64(const struct db_rows *r, int row, int col);
double db_f64(const struct db_rows *r, int row, int col);
bool db_bool(const struct db_rows *r, int row, int col);
bool db_null(const struct db_rows *r, int row, int col);
/* bytea in hex form -> bytes; false when the length differs. */
bool db_bytes(const struct db_rows *r, int row, int col, void *out, size_t n);

/* Runs fn in a transaction; repeats it on ST_RETRY (at most 20 times, with jitter), so fn must have no effect besides
 * SQL and must reset what it fills. fn's status other than ST_OK rolls back and is returned. Nested calls are an
 * assert. */
typedef enum status db_tx_fn(struct db *db, void *ctx, struct err *err);
enum db_level { DB_READ_COMMITTED, DB_REPEATABLE_READ, DB_SERIALIZABLE };
enum status db_tx(struct db *db, enum db_level level, db_tx_fn *fn, void *ctx, struct err *err);

/* LISTEN on an own connection. Wait returns one notification (ST_OK), ST_NOTFOUND after timeout_ms,
 * ST_UNAVAIL when the connection broke (call again: it reconnects; treat it as "everything may have changed"). */
struct db_listen;
enum status db_listen_open(enum db_role role, const char *app, const char *const channels[], size_t n,
                           struct db_listen **ret_l, struct err *err);
enum status db_listen_wait(struct db_listen *l, int64_t timeout_ms, char channel[64], char payload[256],
                           struct err *err);
/* Wakes a waiter in another thread (used at shutdown); async-signal-safe. */
void db_listen_wake(struct db_listen *l);
void db_listen_close(struct db_listen *l);

/* setup.c: makes the roles athanor_owner, athanor_web, athanor_worker and the database where they are missing.
 * superuser: libpq connection string of somebody who may. Harmless to repeat. */
enum status db_setup(const char *superuser, struct err *err);

/* backup.c: pg_dump (custom format) of the whole database into a new 0600 file. */
enum status db_backup(const char *path, struct err *err);

/* migrate.c: applies migrations_dir/NNNN-*.sql in order, each in one transaction, under an advisory lock; checks
 * recorded checksums; re-runs roles-and-grants file 9999-grants.sql each time. ret_applied: how many were new. */
enum status db_migrate(const char *dir, int *ret_applied, struct err *err);
/* ST_OK when the schema is exactly what dir holds. */
enum status db_migrate_check(struct db *db, const char *dir, struct err *err);

#endif
