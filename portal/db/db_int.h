/* Private to portal/db: what conn.c, query.c, tx.c, listen.c, migrate.c and setup.c share. */
#ifndef ATH_DB_INT_H
#define ATH_DB_INT_H

#include "db.h"
#include "sql_table.h"

#include <libpq-fe.h>

#define DB_APP_MAX    64
#define DB_PARAMS_MAX 48 /* widest statement we allow; a wider one is a table in disguise */

struct db {
    PGconn *pg; /* NULL: not connected */
    enum db_role role;
    char app[DB_APP_MAX];
    bool prepared[SQL_COUNT + 1];
    bool in_tx;
    bool tx_retry;       /* a statement of this transaction met 40001/40P01 */
    int64_t failed_ms;   /* the last attempt to connect that failed */
    int64_t retry_at_ms; /* no further attempt before this, unless another connection succeeds meanwhile */
    int64_t pause_ms;    /* grows with each failed attempt */
};

/* One connection of a role with our timeouts; never returns a bad one. */
enum status db_connect(enum db_role role, const char *app, PGconn **ret_pg, struct err *err);
/* Same for a connection string given by hand (set-up as superuser). */
enum status db_connect_to(const char *conninfo, const char *app, PGconn **ret_pg, struct err *err);
/* Makes db->pg usable: reconnects when it is lost and we are outside a transaction. */
enum status db_ready(struct db *db, struct err *err);
/* Forgets a connection that cannot be used any more. */
void db_drop(struct db *db);

/* Fills err from a failed result (NULL: out of memory or lost) of the statement called `name`; returns its status. */
enum status db_error(PGconn *pg, const PGresult *res, const char *name, struct err *err);
/* Runs fixed text (BEGIN, SET, migrations) that gives no rows. */
enum status db_exec_text(PGconn *pg, const char *text, const char *name, struct err *err);

static inline void pg_result_cleanup(PGresult **r)
{
    PQclear(*r);
}
#define RESULT_AUTO __attribute__((cleanup(pg_result_cleanup))) PGresult *

static inline void pg_conn_cleanup(PGconn **pg)
{
    PQfinish(*pg);
}
#define CONN_AUTO __attribute__((cleanup(pg_conn_cleanup))) PGconn *

#endif
