/* Operations: is the process alive, can it serve, what does it count.
 *
 * These rows run also while the database is away (req->thread is NULL then): /readyz says so with 503, /metrics shows
 * athanor_database_up 0 beside the server's own counters.
 */
#include "api.h"

#include "../core/conf.h"

#define WORKER_LATE_S 60 /* a worker writes its heartbeat every few seconds */

enum status api_ops_healthz(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct jsonw w;

    (void)req;
    api_json_begin(ret, 0, &w);
    ret->cache = "no-store";
    jsonw_obj(&w);
    jsonw_kstr(&w, "status", "alive");
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

static void check_write(struct jsonw *w, const char *name, enum status st, const struct err *err)
{
    jsonw_key(w, name);
    jsonw_obj(w);
    jsonw_kbool(w, "ok", st == ST_OK);
    if (st) {
        jsonw_kstr(w, "text", err->text);
        jsonw_kstr(w, "hint", *err->hint ? err->hint : NULL);
    }
    jsonw_obj_end(w);
}

/* A late worker does not make the portal unready: reading and submitting go on, runs wait. It is reported. */
static void workers_write(struct jsonw *w, struct db *db)
{
    ROWS_AUTO r = NULL;

    jsonw_key(w, "worker");
    jsonw_obj(w);
    if (db && db_run0(db, SQL_OPS_WORKERS, &r, NULL) == ST_OK && !db_null(r, 0, 1)) {
        jsonw_kbool(w, "ok", db_f64(r, 0, 1) < WORKER_LATE_S);
        jsonw_kdouble(w, "heartbeat_age_s", db_f64(r, 0, 1));
    } else {
        jsonw_kbool(w, "ok", false);
        jsonw_knull(w, "heartbeat_age_s");
    }
    jsonw_obj_end(w);
}

enum status api_ops_readyz(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct db *db = api_db(req);
    struct err cause = { 0 };
    struct jsonw w;
    ROWS_AUTO r = NULL;
    enum status database =
        db ? db_run0(db, SQL_OPS_WORKERS, &r, &cause) : err_set(&cause, ST_UNAVAIL, "the database does not answer");
    struct err schema_cause = { 0 };
    enum status schema = database ? err_set(&schema_cause, ST_UNAVAIL, "it cannot be checked without the database")
                                  : db_migrate_check(db, g_conf->migrations_dir, &schema_cause);

    api_json_begin(ret, database || schema ? 503 : 200, &w);
    ret->cache = "no-store";
    if (ret->code == 503)
        http_reply_header(ret, "Retry-After", "5");
    jsonw_obj(&w);
    jsonw_kbool(&w, "ready", ret->code == 200);
    check_write(&w, "database", database, &cause);
    check_write(&w, "schema", schema, &schema_cause);
    workers_write(&w, database ? NULL : db);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

static void gauge(struct buf *b, const char *name, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* A gauge a state from rows (state, count). */
static bool gauge_states(struct buf *b, struct db *db, enum sql_id q, const char *name, const char *help)
{
    ROWS_AUTO r = NULL;

    if (db_run0(db, q, &r, NULL))
        return false;
    gauge(b, name, help);
    for (int i = 0; i < db_count(r); i++)
        buf_printf(b, "%s{state=\"%s\"} %lld\n", name, db_text(r, i, 0), (long long)db_i64(r, i, 1));
    return true;
}

static bool metrics_database(struct buf *b, struct db *db)
{
    ROWS_AUTO workers = NULL;

    if (!db || db_run0(db, SQL_OPS_WORKERS, &workers, NULL))
        return false;
    gauge(b, "athanor_workers", "Workers that have registered.");
    buf_printf(b, "athanor_workers %lld\n", (long long)db_i64(workers, 0, 0));
    if (!db_null(workers, 0, 1)) {
        gauge(b, "athanor_worker_heartbeat_age_seconds", "Seconds since the freshest sign of life of a worker.");
        buf_printf(b, "athanor_worker_heartbeat_age_seconds %.3f\n", db_f64(workers, 0, 1));
    }
    return gauge_states(b, db, SQL_OPS_RUNS, "athanor_runs", "Runs by state.") &&
           gauge_states(b, db, SQL_OPS_UPLOADS, "athanor_uploads", "Uploads that have not ended, by state.");
}

enum status api_ops_metrics(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ret->kind = REPLY_BUF;
    ret->type = "text/plain; version=0.0.4; charset=utf-8";
    ret->cache = "no-store";
    buf_init(&ret->body, API_REPLY_MAX);
    struct http_server *s = api_server();
    if (s)
        http_server_metrics(s, &ret->body);
    bool up = metrics_database(&ret->body, api_db(req));
    gauge(&ret->body, "athanor_database_up", "Whether the database answered this request.");
    buf_printf(&ret->body, "athanor_database_up %d\n", up);
    gauge(&ret->body, "athanor_database_connections_max", "Database connections of the request executors.");
    buf_printf(&ret->body, "athanor_database_connections_max %lld\n", (long long)g_conf->http_executors);
    return api_json_end(ret, err);
}
