/* GET /runs/:id and PATCH /runs/:id: the page of one run, and its name.
 *
 * The page says in words what the columns say in codes: why a job waits, what is not known and since when, what went
 * wrong, how the estimate compares with what it took, and which requests the run's state allows.
 * Its ETag is "v<version>.<digest of the body>": the whole for If-None-Match, the version alone for If-Match, since
 * only the name can be changed here and a run's progress must not make a rename fail.
 */
#include "catalogue.h"
#include "run.h"

#include "../core/clock.h"
#include "../core/num.h"
#include "../core/str.h"
#include "../model/json_in.h"

#include <string.h>

enum get_col {
    G_ID,
    G_PROJECT,
    G_PROJECT_NAME,
    G_ACCOUNT,
    G_LOGIN,
    G_DISPLAY_NAME,
    G_NAME,
    G_TEMPLATE,
    G_TEMPLATE_VERSION,
    G_STRUCTURE,
    G_STRUCTURE_NAME,
    G_SITE,
    G_SITE_TITLE,
    G_SPEC,
    G_PARENT,
    G_PARENT_NAME,
    G_PARENT_DIFF,
    G_STATE,
    G_ATTEMPT,
    G_SITE_JOB,
    G_REASON,
    G_START_ESTIMATE,
    G_UNKNOWN,
    G_AS_OF,
    G_PROGRESS,
    G_SUMMARY,
    G_FAILURE,
    G_USAGE,
    G_CREATED,
    G_STARTED,
    G_ENDED,
    G_VERSION,
    G_SITE_UNREACHABLE,
    G_SITE_AS_OF,
    G_HAS_RESULT,
    G_ESTIMATE_S,
    G_TOOK_S,
    G_START_US,
    G_TRASHED,
    G_ELAPSED,
    G_RESOURCES,
    G_ESTIMATE,
    G_AHEAD,
    G_WAITING,
};

static void ref_write(struct jsonw *w, const char *key, const char *id, const char *name)
{
    if (!id) {
        jsonw_knull(w, key);
        return;
    }
    jsonw_key(w, key);
    jsonw_obj(w);
    jsonw_kstr(w, "id", id);
    jsonw_kstr(w, "name", name);
    jsonw_obj_end(w);
}

/* "status": the state as one sentence; what is not known is said, never guessed. */
static void status_write(struct jsonw *w, const struct db_rows *r, const struct run_fold *f)
{
    const char *state = run_state_text(db_text(r, 0, G_STATE));
    bool active = !run_state_ended(f->state);
    char text[320], start[160] = "";

    if (db_text(r, 0, G_UNKNOWN))
        (void)str_fmt(
            text, sizeof text,
            "When the site was last heard of, the run %s. The site is out of reach now, so what is true now is "
            "unknown.",
            state);
    else if (f->cancel_requested && active)
        (void)str_fmt(text, sizeof text, "The run is being stopped; until then it %s.", state);
    else if (f->hold_requested && active && !str_eq(db_text(r, 0, G_STATE), "held"))
        (void)str_fmt(text, sizeof text, "The run is to be held back; until then it %s.", state);
    else {
        if (str_eq(db_text(r, 0, G_STATE), "pending"))
            run_start_text(db_i64(r, 0, G_START_US), clock_wall_us(), start, sizeof start);
        (void)str_fmt(text, sizeof text, "The run %s.%s%s", state, *start ? " " : "", start);
    }
    jsonw_kstr(w, "status", text);
}

static void estimate_write(struct jsonw *w, const struct db_rows *r)
{
    char estimated[64], took[64], text[192];

    jsonw_key(w, "timing");
    jsonw_obj(w);
    if (db_null(r, 0, G_ESTIMATE_S))
        jsonw_knull(w, "estimated_s");
    else
        jsonw_kdouble(w, "estimated_s", db_f64(r, 0, G_ESTIMATE_S));
    if (db_null(r, 0, G_TOOK_S))
        jsonw_knull(w, "took_s");
    else
        jsonw_kdouble(w, "took_s", db_f64(r, 0, G_TOOK_S));
    run_duration_text(db_f64(r, 0, G_ESTIMATE_S), estimated, sizeof estimated);
    run_duration_text(db_f64(r, 0, G_TOOK_S), took, sizeof took);
    if (db_null(r, 0, G_ESTIMATE_S))
        jsonw_knull(w, "text");
    else {
        if (db_null(r, 0, G_TOOK_S))
            (void)str_fmt(text, sizeof text, "Estimated %s.", estimated);
        else
            (void)str_fmt(text, sizeof text, "Estimated %s, took %s.", estimated, took);
        jsonw_kstr(w, "text", text);
    }
    jsonw_obj_end(w);
}

/* "queue": where a waiting run stands among the portal's own at its site; the scheduler may order them otherwise. */
static void queue_write(struct jsonw *w, const struct db_rows *r)
{
    jsonw_key(w, "queue");
    if (db_null(r, 0, G_WAITING)) {
        jsonw_null(w);
        return;
    }
    jsonw_obj(w);
    api_kint(w, "ahead", r, 0, G_AHEAD);
    api_kint(w, "waiting", r, 0, G_WAITING);
    jsonw_obj_end(w);
}

static void template_write(struct http_req *req, struct jsonw *w, const struct db_rows *r)
{
    const struct catalogue_entry *e = NULL;

    jsonw_key(w, "template");
    jsonw_obj(w);
    api_ktext(w, "id", r, 0, G_TEMPLATE);
    api_ktext(w, "version", r, 0, G_TEMPLATE_VERSION);
    /* A template may have been removed since. */
    jsonw_kstr(w, "title", catalogue_find(req, db_text(r, 0, G_TEMPLATE), NULL, &e, NULL) ? NULL : e->t->title);
    jsonw_obj_end(w);
}

static void attempts_write(struct jsonw *w, const struct db_rows *r)
{
    enum { NO, SITE, JOB, INTENT, SENT, SUBMITTED, STARTED, ENDED, OUTCOME, MANIFEST };

    jsonw_key(w, "attempts");
    jsonw_arr(w);
    for (int i = 0; i < db_count(r); i++) {
        jsonw_obj(w);
        api_kint(w, "no", r, i, NO);
        api_ktext(w, "site", r, i, SITE);
        api_ktext(w, "site_job_id", r, i, JOB);
        api_ktime(w, "intent_at", r, i, INTENT);
        api_ktime(w, "sent_at", r, i, SENT);
        api_ktime(w, "submitted_at", r, i, SUBMITTED);
        api_ktime(w, "started_at", r, i, STARTED);
        api_ktime(w, "ended_at", r, i, ENDED);
        api_ktext(w, "outcome", r, i, OUTCOME);
        api_kjson(w, "manifest", r, i, MANIFEST);
        jsonw_obj_end(w);
    }
    jsonw_arr_end(w);
}

static void timeline_write(struct jsonw *w, const struct db_rows *r)
{
    jsonw_key(w, "timeline");
    jsonw_arr(w);
    for (int i = 0; i < db_count(r); i++)
        run_event_write(w, r, i);
    jsonw_arr_end(w);
}

static void children_write(struct jsonw *w, const struct db_rows *r)
{
    jsonw_key(w, "children");
    jsonw_arr(w);
    for (int i = 0; i < db_count(r); i++) {
        jsonw_obj(w);
        api_ktext(w, "id", r, i, 0);
        api_ktext(w, "name", r, i, 1);
        api_ktext(w, "state", r, i, 2);
        jsonw_obj_end(w);
    }
    jsonw_arr_end(w);
}

/* Where the rest of the run is found, so that clients need not build paths. */
static void links_write(struct http_req *req, struct jsonw *w, const struct db_rows *r)
{
    static const char *const parts[] = { "events", "progress", "files", "archive", "logs/stdout", "logs/stderr" };
    const char *id = db_text(r, 0, G_ID);

    jsonw_key(w, "links");
    jsonw_obj(w);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *key = str_starts(parts[i], "logs/") ? parts[i] + 5 : parts[i];

        jsonw_kstr(w, key, arena_printf(req->arena, API_PREFIX "/runs/%s/%s", id, parts[i]));
    }
    if (db_bool(r, 0, G_HAS_RESULT))
        jsonw_kstr(w, "results", arena_printf(req->arena, API_PREFIX "/runs/%s/results", id));
    jsonw_kstr(w, "stream", arena_printf(req->arena, API_PREFIX "/events?topics=run:%s", id));
    jsonw_obj_end(w);
}

/* "actions": what people may ask of it now. */
static void actions_write(struct jsonw *w, const struct run_fold *f, bool trashed)
{
    static const struct {
        const char *name;
        enum run_kind kind;
    } asks[] = { { "cancel", RK_CANCEL_REQUEST },
                 { "hold", RK_HOLD_REQUEST },
                 { "release", RK_RELEASE_REQUEST },
                 { "requeue", RK_REQUEUE_REQUEST } };

    jsonw_key(w, "actions");
    jsonw_obj(w);
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++)
        jsonw_kbool(w, asks[i].name,
                    run_request_check(f, asks[i].kind, NULL) == ST_OK &&
                        !(trashed && asks[i].kind == RK_REQUEUE_REQUEST));
    jsonw_kbool(w, "delete", !trashed);
    jsonw_kbool(w, "restore", trashed);
    jsonw_obj_end(w);
}

static void run_write(struct http_req *req, struct jsonw *w, const struct db_rows *r, const struct run_fold *f,
                      bool trashed)
{
    api_ktext(w, "id", r, 0, G_ID);
    api_ktext(w, "name", r, 0, G_NAME);
    ref_write(w, "project", db_text(r, 0, G_PROJECT), db_text(r, 0, G_PROJECT_NAME));
    jsonw_key(w, "account");
    jsonw_obj(w);
    api_ktext(w, "id", r, 0, G_ACCOUNT);
    api_ktext(w, "login", r, 0, G_LOGIN);
    api_ktext(w, "display_name", r, 0, G_DISPLAY_NAME);
    jsonw_obj_end(w);
    template_write(req, w, r);
    ref_write(w, "structure", db_text(r, 0, G_STRUCTURE), db_text(r, 0, G_STRUCTURE_NAME));
    jsonw_key(w, "site");
    jsonw_obj(w);
    api_ktext(w, "id", r, 0, G_SITE);
    api_ktext(w, "title", r, 0, G_SITE_TITLE);
    api_ktime(w, "unreachable_since", r, 0, G_SITE_UNREACHABLE);
    api_ktime(w, "as_of", r, 0, G_SITE_AS_OF);
    jsonw_obj_end(w);

    api_ktext(w, "state", r, 0, G_STATE);
    status_write(w, r, f);
    api_kint(w, "attempt", r, 0, G_ATTEMPT);
    api_ktext(w, "site_job_id", r, 0, G_SITE_JOB);
    jsonw_kbool(w, "cancel_requested", f->cancel_requested);
    jsonw_kbool(w, "hold_requested", f->hold_requested);
    actions_write(w, f, trashed);
    run_reason_write(w, db_text(r, 0, G_REASON));
    queue_write(w, r);
    api_ktime(w, "start_estimate", r, 0, G_START_ESTIMATE);
    api_ktime(w, "unknown_since", r, 0, G_UNKNOWN);
    api_ktime(w, "as_of", r, 0, G_AS_OF);
    api_ktime(w, "created_at", r, 0, G_CREATED);
    api_ktime(w, "started_at", r, 0, G_STARTED);
    api_ktime(w, "ended_at", r, 0, G_ENDED);
    api_ktime(w, "trashed_at", r, 0, G_TRASHED);
    if (db_null(r, 0, G_ELAPSED))
        jsonw_knull(w, "elapsed_s");
    else
        jsonw_kdouble(w, "elapsed_s", db_f64(r, 0, G_ELAPSED));
    api_kjson(w, "progress", r, 0, G_PROGRESS);
    api_kjson(w, "failure", r, 0, G_FAILURE);
    api_kjson(w, "summary", r, 0, G_SUMMARY);
    api_kjson(w, "usage", r, 0, G_USAGE);
    api_kjson(w, "resources", r, 0, G_RESOURCES);
    api_kjson(w, "estimate", r, 0, G_ESTIMATE);
    estimate_write(w, r);
    api_kjson(w, "spec", r, 0, G_SPEC);
    ref_write(w, "parent", db_text(r, 0, G_PARENT), db_text(r, 0, G_PARENT_NAME));
    api_kjson(w, "parent_diff", r, 0, G_PARENT_DIFF);
    jsonw_kbool(w, "has_results", db_bool(r, 0, G_HAS_RESULT));
    api_kint(w, "version", r, 0, G_VERSION);
    links_write(req, w, r);
}

enum status run_reply(struct http_req *req, struct http_reply *ret, int code, const char *id, struct err *err)
{
    ROWS_AUTO r = NULL;
    ROWS_AUTO attempts = NULL;
    ROWS_AUTO events = NULL;
    ROWS_AUTO children = NULL;
    struct db *db = api_db(req);
    struct run_fold fold;
    struct jsonw w;
    int64_t seq;
    bool trashed;
    enum status st;

    st = run_fold_read(db, id, &fold, &seq, &trashed, err);
    if (!st)
        st = db_run(db, SQL_RUN_GET, &r, err, P_TEXT(id));
    if (!st && db_count(r) == 0)
        st = err_field(err, ST_NOTFOUND, "run_not_found", NULL, "There is no such run.");
    if (!st)
        st = db_run(db, SQL_RUN_ATTEMPTS, &attempts, err, P_TEXT(id));
    if (!st)
        st = db_run(db, SQL_RUN_TIMELINE, &events, err, P_TEXT(id));
    if (!st)
        st = db_run(db, SQL_RUN_CHILDREN, &children, err, P_TEXT(id));
    if (st)
        return st;

    api_json_begin(ret, code, &w);
    jsonw_obj(&w);
    run_write(req, &w, r, &fold, trashed);
    attempts_write(&w, attempts);
    timeline_write(&w, events);
    children_write(&w, children);
    jsonw_obj_end(&w);
    ret->etag = arena_printf(req->arena, "v%lld.%016llx", (long long)db_i64(r, 0, G_VERSION),
                             (unsigned long long)run_digest(ret->body.p, ret->body.len));
    return api_json_end(ret, err);
}

enum status api_runs_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return run_reply(req, ret, 200, req->arg[0], err);
}

/* The version in If-Match "v<version>.<digest>" or "v<version>"; 0 for "*". */
static enum status if_match_read(const struct http_req *req, int64_t *ret_version, struct err *err)
{
    const char *text = http_header(req, "If-Match");
    char digits[24];
    size_t n;

    if (!text || !strchr(text, '.'))
        return api_if_match(req, ret_version, err);
    n = strcspn(text, ".");
    if (str_starts(text, "\"v") && n < sizeof digits &&
        str_fmt(digits, sizeof digits, "%.*s", (int)(n - 2), text + 2) && num_i64(digits, 1, INT64_MAX, ret_version))
        return ST_OK;
    return api_stale(err);
}

enum status api_runs_update(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO r = NULL;
    const char *name = NULL;
    const struct json_row rows[] = { JSON_ROW_STR("name", JF_REQUIRED, 1, 300, &name) };
    int64_t version;
    enum status st;

    st = if_match_read(req, &version, err);
    if (st)
        return st;
    st = JSON_BODY(req->arena, req->body, req->body_len, 65536, rows, err);
    if (!st)
        st = db_run(api_db(req), SQL_RUN_RENAME, &r, err, P_TEXT(req->arg[0]), P_I64(version), P_TEXT(name));
    if (st)
        return st;
    if (db_count(r) == 0)
        return api_stale(err);
    return run_reply(req, ret, 200, req->arg[0], err);
}
