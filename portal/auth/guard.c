/* The guard: every request passes here between the router and its handler.
 *
 * A ladder of small checks, the first that fails answers: who is it (Bearer token, else cookie) -> may such a one call
 * at all (access) -> is it really them and not a foreign page (CSRF) -> does the token's scope allow it -> not too
 * often -> the object named by arg[0]: its project and their role on it -> the Idempotency-Key. What is needed comes
 * from the route's row, so no handler can forget it. Costs one query, two with an object.
 *
 * Afterwards auth_after keeps idempotent answers, writes the audit row of privileged acts, and now and then sweeps.
 *
 * Caveat: outsiders get the same 404 for what exists and what does not. Administrators may act on everything; then
 * their role is named "admin" in replies and audit.
 */
#include "auth_int.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/jsonw.h"
#include "../core/log.h"
#include "../core/str.h"

#include <stdatomic.h>
#include <string.h>
#include <strings.h>

#define SWEEP_EVERY_MS 600000

/* What the guard keeps with a request; handlers see the first member. */
struct guarded {
    struct principal me;
    struct idempotency idem;
};

static struct db *db_of(const struct http_req *req)
{
    return req->thread;
}

/* --- who is it ---------------------------------------------------------------------------------------------- */

enum status auth_become(struct http_req *req, const struct principal *me, struct err *err)
{
    struct guarded *g = arena_alloc(req->arena, sizeof *g);
    if (!g)
        return err_set(err, ST_FATAL, "Out of memory for the request.");
    g->me = *me;
    req->principal = &g->me;
    req->user = g->me.login;
    return ST_OK;
}

enum status auth_identify(struct http_req *req, struct err *err)
{
    const char *bearer = http_header(req, "Authorization"), *cookie = http_cookie(req, AUTH_COOKIE);
    struct principal me;
    enum status st;
    if (bearer) {
        if (strncasecmp(bearer, "Bearer ", 7) != 0)
            return err_field(err, ST_UNAUTH, "bad_authorization", "Authorization", "Only Bearer tokens are accepted.");
        st = token_find(db_of(req), bearer + 7 + strspn(bearer + 7, " "), &me, err);
    } else if (cookie) {
        st = session_find(db_of(req), cookie, &me, err);
    } else {
        req->principal = NULL;
        return ST_OK;
    }
    return st ? st : auth_become(req, &me, err);
}

static bool is_unsafe(enum http_method m)
{
    return m != HM_GET && m != HM_HEAD && m != HM_OPTIONS;
}

static enum status nobody(struct err *err)
{
    err_field(err, ST_UNAUTH, "unauth", NULL, "Nobody is signed in.");
    return err_hint(err, "Sign in with POST /api/v1/session, or send \"Authorization: Bearer ath_...\".");
}

static enum status check_access(const struct http_route *route, const struct principal *me, struct err *err)
{
    if (route->access == ACC_ADMIN && !me->admin)
        return err_field(err, ST_DENIED, "admin_only", NULL, "Only administrators may do this.");
    return ST_OK;
}

static enum status check_scope(const struct http_route *route, const struct principal *me, struct err *err)
{
    if (me->kind != PRINCIPAL_TOKEN)
        return ST_OK;
    if (!route->scope)
        return err_field(err, ST_DENIED, "session_only", NULL, "This needs a signed-in person; no token may do it.");
    if (me->scopes & auth_scope_bit(route->scope))
        return ST_OK;
    err_field(err, ST_DENIED, "scope_missing", NULL, "The token lacks the scope %s.", route->scope);
    return err_hint(err, "Make a token with this scope.");
}

/* --- what may they do there --------------------------------------------------------------------------------- */

static const char *const ROLE_NAMES[] = { "", "viewer", "member", "lead" };

const char *project_role_name(enum project_role r)
{
    return ROLE_NAMES[r];
}

enum project_role project_role_parse(const char *s)
{
    for (enum project_role r = ROLE_VIEWER; s && r <= ROLE_LEAD; r++) {
        if (str_eq(s, ROLE_NAMES[r]))
            return r;
    }
    return ROLE_NONE;
}

const char *principal_role_name(const struct principal *me)
{
    return me->as_admin ? "admin" : project_role_name(me->role);
}

static const struct object_kind {
    const char *prefix, *word;
    enum sql_id query;
} OBJECTS[] = {
    [OBJ_PROJECT] = { "prj", "project", SQL_AUTH_PROJECT_ROLE },
    [OBJ_FILE] = { "fil", "file", SQL_AUTH_FILE_ROLE },
    [OBJ_STRUCTURE] = { "str", "structure", SQL_AUTH_STRUCTURE_ROLE },
    [OBJ_RUN] = { "run", "run", SQL_AUTH_RUN_ROLE },
    [OBJ_UPLOAD] = { "upl", "upload", SQL_AUTH_UPLOAD_ROLE },
};

/* Project of an object and what this person is there: project "" and ROLE_NONE when they may not even know. */
static enum status object_role(struct db *db, const struct principal *me, const struct object_kind *kind,
                               const char *id, char project[ID_MAX], enum project_role *ret_role, bool *ret_as_admin,
                               struct err *err)
{
    ROWS_AUTO row = NULL;
    project[0] = '\0';
    *ret_role = ROLE_NONE;
    *ret_as_admin = false;
    if (!id_valid(kind->prefix, id))
        return ST_OK;
    enum status st = db_run(db, kind->query, &row, err, P_TEXT(id), P_TEXT(me->account));
    if (st || db_count(row) == 0 || (me->project[0] && !str_eq(me->project, db_text(row, 0, 0))))
        return st;
    *ret_role = project_role_parse(db_text(row, 0, 1));
    if (me->admin && *ret_role < ROLE_LEAD) {
        *ret_role = ROLE_LEAD;
        *ret_as_admin = true;
    }
    if (*ret_role != ROLE_NONE)
        (void)str_fmt(project, ID_MAX, "%s", db_text(row, 0, 0));
    return ST_OK;
}

static enum status object_check(struct db *db, struct principal *me, const struct object_kind *kind, const char *id,
                                enum http_need need, const char *field, struct err *err)
{
    char project[ID_MAX];
    enum project_role role;
    bool as_admin;
    enum status st = object_role(db, me, kind, id, project, &role, &as_admin, err);
    if (st)
        return st;
    if (role == ROLE_NONE)
        return err_field(err, ST_NOTFOUND, "not_found", field, "There is no such %s.", kind->word);
    if ((int)role < (int)need) {
        return err_field(err, ST_DENIED, "role_too_low", field, "This needs the role %s on the project, yours is %s.",
                         ROLE_NAMES[need], ROLE_NAMES[role]);
    }
    memcpy(me->object_project, project, sizeof me->object_project);
    me->role = role;
    me->as_admin = as_admin;
    return ST_OK;
}

enum status auth_project_check(struct db *db, struct principal *me, const char *project, enum http_need need,
                               const char *field, struct err *err)
{
    return object_check(db, me, &OBJECTS[OBJ_PROJECT], project, need, field, err);
}

enum status auth_project_role(struct db *db, const struct principal *me, const char *project,
                              enum project_role *ret_role, struct err *err)
{
    char found[ID_MAX];
    bool as_admin;
    return object_role(db, me, &OBJECTS[OBJ_PROJECT], project, found, ret_role, &as_admin, err);
}

enum status auth_still_valid(struct db *db, const struct principal *me, bool *ret_valid, struct err *err)
{
    ROWS_AUTO row = NULL;
    enum status st = me->kind == PRINCIPAL_TOKEN ? db_run(db, SQL_AUTH_TOKEN_VALID, &row, err, P_TEXT(me->via))
                                                 : db_run(db, SQL_AUTH_SESSION_VALID, &row, err, P_TEXT(me->via),
                                                          P_I64(g_conf->session_idle), P_I64(g_conf->session_max));
    *ret_valid = st == ST_OK && db_count(row) == 1;
    return st;
}

/* --- the hooks ---------------------------------------------------------------------------------------------- */

void *auth_thread_open(struct err *err)
{
    struct db *db = NULL;
    return db_open(DB_WEB, "athanor-web", &db, err) ? NULL : db;
}

void auth_thread_close(void *thread)
{
    db_close(thread);
}

enum status auth_guard(struct http_req *req, struct http_reply *ret, bool *ret_done, struct err *err)
{
    const struct http_route *route = req->route;
    *ret_done = false;
    if (route->access == ACC_PUBLIC)
        return is_unsafe(req->method) ? csrf_check_origin(req, err) : ST_OK;

    enum status st = auth_identify(req, err);
    struct principal *me = req->principal;
    if (st == ST_UNAUTH && http_cookie(req, AUTH_COOKIE))
        http_reply_cookie(req, ret, AUTH_COOKIE, "", 0);
    if (st)
        return st;
    if (!me)
        return nobody(err);
    st = check_access(route, me, err);
    if (st == ST_OK && me->kind == PRINCIPAL_SESSION && is_unsafe(req->method) && !(route->flags & ROUTE_NO_CSRF))
        st = csrf_check(req, me, err);
    if (st == ST_OK)
        st = check_scope(route, me, err);
    if (st == ST_OK)
        st = rate_take(me->account, err);
    if (st == ST_OK && route->object != OBJ_NONE)
        st = object_check(db_of(req), me, &OBJECTS[route->object], req->arg[0], route->need, NULL, err);
    if (st == ST_OK && route->flags & ROUTE_IDEMPOTENT)
        st = idempotency_begin(req, me, ret, ret_done, &((struct guarded *)me)->idem, err);
    return st;
}

/* What the act was about: the object in the path, or the thing just made. */
static const char *audit_object(const struct http_req *req, const struct http_reply *reply)
{
    for (unsigned i = 0; !req->arg[0] && i < reply->n_hdr; i++) {
        const char *last = str_eq(reply->hdr[i][0], "Location") ? strrchr(reply->hdr[i][1], '/') : NULL;
        if (last)
            return last + 1;
    }
    return req->arg[0];
}

static void audit(const struct http_req *req, const struct http_reply *reply)
{
    const struct principal *me = req->principal;
    BUF_AUTO data = { 0 };
    struct jsonw w;
    struct err err = { 0 };
    buf_init(&data, 16384);
    jsonw_init(&w, &data);
    jsonw_obj(&w);
    if (me)
        jsonw_kstr(&w, "via", me->via);
    if (me && me->as_admin)
        jsonw_kstr(&w, "as", "admin");
    if (me && me->object_project[0])
        jsonw_kstr(&w, "project", me->object_project);
    if (req->arg[0] && req->arg[1])
        jsonw_kstr(&w, "about", req->arg[1]);
    jsonw_obj_end(&w);
    enum status st =
        db_run(db_of(req), SQL_AUTH_AUDIT_ADD, NULL, &err, P_TEXT(me ? me->account : NULL), P_TEXT(req->route->name),
               P_TEXT(audit_object(req, reply)), P_TEXT(req->address), P_TEXT(req->id), P_TEXT(data.p));
    if (st)
        log_err(LOG_ERROR, "audit.lost", &err);
}

/* One executor sweeps every ten minutes; the first time one period after the start. */
static void sweep_now_and_then(struct db *db)
{
    static _Atomic int64_t next_ms;
    int64_t now = clock_mono_ms(), due = atomic_load(&next_ms);
    if (now < due || !atomic_compare_exchange_strong(&next_ms, &due, now + SWEEP_EVERY_MS) || due == 0)
        return;
    struct err err = { 0 };
    if (db_run(db, SQL_AUTH_SWEEP, NULL, &err, P_I64(g_conf->session_idle), P_I64(g_conf->session_max)))
        log_err(LOG_WARN, "auth.sweep", &err);
}

void auth_after(struct http_req *req, struct http_reply *reply, enum status st, const struct err *err)
{
    const struct guarded *g = req->principal;
    if (!req->thread)
        return;
    if (g && req->route->flags & ROUTE_IDEMPOTENT)
        idempotency_end(req, &g->me, &g->idem, reply, st, err);
    if (st == ST_OK && req->route->flags & ROUTE_AUDIT && reply->code < 400)
        audit(req, reply);
    sweep_now_and_then(db_of(req));
}
