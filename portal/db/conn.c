/* Connections: where each role connects, with which limits, and how a lost one comes back.
 *
 * Flow: db_open connects at once, so that a wrong setting is seen at the start. Later db_ready looks at the
 * connection (a restarted server leaves an end-of-file in the socket) and reopens a lost one; after a failed attempt
 * the next ones wait 100 ms, 200 ms ... 5 s and fail at once meanwhile, so that a hundred requests do not hang on a
 * dead server. The first connection that succeeds ends the waits of all others.
 *
 * Caveats: PQconnectdbParams blocks (at most connect_timeout), so only executors and workers may come here.
 * Prepared statements die with their connection: db_drop forgets them.
 */
#include "db_int.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/log.h"
#include "../core/str.h"

#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS   5000

/* Short statements only: a plan that wants JIT is a defect here, compiling it costs more than it saves. Our parameters
 * are keys, so one plan a statement is right; planning the page of runs anew each time cost three times its execution.
 */
static const char SESSION_OPTIONS[] =
    "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000 -c lock_timeout=10000 -c jit=off "
    "-c plan_cache_mode=force_generic_plan -c default_transaction_isolation=read\\ committed -c TimeZone=UTC "
    "-c DateStyle=ISO";

/* Ours first: a connection string of the administrator may override all of them. */
static const char *const BASE_KEYS[] = { "connect_timeout",  "client_encoding",  "options",
                                         "tcp_user_timeout", "keepalives_idle",  "keepalives_interval",
                                         "keepalives_count", "application_name", NULL };
static const char *const BASE_VALUES[] = { "5", "UTF8", SESSION_OPTIONS, "15000", "30", "10", "3", NULL, NULL };
#define BASE_APP 7
#define KEYS_MAX 16

/* When any connection of this process was made last: tells the others that the server is back. */
static _Atomic int64_t connected_ms;

/* libpq would print these on standard error, in the middle of our log. */
static void notice_log(void *ctx, const char *message)
{
    (void)ctx;
    log_kv(LOG_DEBUG, "db.notice", message, NULL);
}

static enum status connect_with(const char *const extra_keys[], const char *const extra_values[], const char *app,
                                PGconn **ret_pg, struct err *err)
{
    const char *keys[KEYS_MAX] = { NULL };
    const char *values[KEYS_MAX] = { NULL };
    size_t n = 0;
    for (; BASE_KEYS[n]; n++) {
        keys[n] = BASE_KEYS[n];
        values[n] = n == BASE_APP ? app : BASE_VALUES[n];
    }
    for (size_t i = 0; extra_keys[i] && n < KEYS_MAX - 1; i++, n++) {
        keys[n] = extra_keys[i];
        values[n] = extra_values[i];
    }
    CONN_AUTO pg = PQconnectdbParams(keys, values, 1);
    if (!pg || PQstatus(pg) != CONNECTION_OK) {
        err_field(err, ST_UNAVAIL, "database_unreachable", NULL, "The database does not answer.");
        err_hint(err, "Is PostgreSQL running? \"athanorctl doctor\" tells more.");
        return err_detail(err, "%s: %s", app, pg ? PQerrorMessage(pg) : "out of memory");
    }
    (void)PQsetNoticeProcessor(pg, notice_log, NULL);
    atomic_store(&connected_ms, clock_mono_ms());
    *ret_pg = pg;
    pg = NULL;
    return ST_OK;
}

enum status db_connect_to(const char *conninfo, const char *app, PGconn **ret_pg, struct err *err)
{
    const char *const keys[] = { "dbname", NULL };
    const char *const values[] = { conninfo, NULL };
    return connect_with(keys, values, app, ret_pg, err);
}

enum status db_connect(enum db_role role, const char *app, PGconn **ret_pg, struct err *err)
{
    const struct {
        const char *setting, *user;
    } of_role[] = {
        [DB_WEB] = { g_conf->db_web, "athanor_web" },
        [DB_WORKER] = { g_conf->db_worker, "athanor_worker" },
        [DB_OWNER] = { g_conf->db_owner, "athanor_owner" },
    };
    if (of_role[role].setting[0])
        return db_connect_to(of_role[role].setting, app, ret_pg, err);

    /* libpq takes only an absolute path for the folder of a socket. */
    char var[PATH_MAX], host[PATH_MAX + 16];
    if (!realpath(g_conf->var, var)) {
        err_field(err, ST_UNAVAIL, "database_unreachable", NULL, "The folder of the private database is missing.");
        err_hint(err, "Set \"var\", or give connection strings (db_web, db_worker, db_owner).");
        return err_detail(err, "no folder %s", g_conf->var);
    }
    (void)snprintf(host, sizeof host, "%s/pg/run", var);
    const char *const keys[] = { "host", "user", "dbname", NULL };
    const char *const values[] = { host, of_role[role].user, "athanor", NULL };
    return connect_with(keys, values, app, ret_pg, err);
}

enum status db_open(enum db_role role, const char *app, struct db **ret_db, struct err *err)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return err_set(err, ST_FATAL, "Out of memory for a database connection.");
    db->role = role;
    (void)str_fmt(db->app, sizeof db->app, "%s", app);
    enum status st = db_connect(role, db->app, &db->pg, err);
    if (st) {
        free(db);
        return st;
    }
    *ret_db = db;
    return ST_OK;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    PQfinish(db->pg);
    free(db);
}

void db_drop(struct db *db)
{
    PQfinish(db->pg);
    db->pg = NULL;
    memset(db->prepared, 0, sizeof db->prepared);
}

/* A server that went away has left something to read: a farewell first, then an end-of-file. */
static bool connection_alive(PGconn *pg)
{
    struct pollfd p = { .fd = PQsocket(pg), .events = POLLIN };
    while (PQstatus(pg) == CONNECTION_OK) {
        if (poll(&p, 1, 0) <= 0)
            return true;
        if (PQconsumeInput(pg) != 1)
            return false;
    }
    return false;
}

enum status db_ready(struct db *db, struct err *err)
{
    /* Asking costs a poll(), a hundredth of a query; not asking costs somebody's request after each restart. */
    if (db->pg && (db->in_tx ? PQstatus(db->pg) == CONNECTION_OK : connection_alive(db->pg)))
        return ST_OK;
    if (db->in_tx)
        return err_field(err, ST_UNAVAIL, "database_lost", NULL, "The database went away during this request.");
    db_drop(db);
    if (clock_mono_ms() < db->retry_at_ms && atomic_load(&connected_ms) <= db->failed_ms)
        return err_field(err, ST_UNAVAIL, "database_unreachable", NULL, "The database does not answer.");

    enum status st = db_connect(db->role, db->app, &db->pg, err);
    if (st) {
        db->pause_ms = db->pause_ms ? db->pause_ms * 2 : PAUSE_FIRST_MS;
        if (db->pause_ms > PAUSE_MAX_MS)
            db->pause_ms = PAUSE_MAX_MS;
        db->failed_ms = clock_mono_ms();
        db->retry_at_ms = db->failed_ms + db->pause_ms;
        return st;
    }
    db->pause_ms = 0;
    return ST_OK;
}
