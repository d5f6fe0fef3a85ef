/* Sessions: sign in and out, who am I, my sessions.
 *
 * Signing in is a ladder: throttle (counts the try before anything else) -> account -> password -> session. Unknown,
 * disabled and mistyped get the same answer after the same time.
 */
#include "api_people.h"

#include "../core/conf.h"
#include "../core/log.h"
#include "../core/str.h"
#include "../model/json_in.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static void session_cookie(struct http_req *req, struct http_reply *ret, const char *secret)
{
    http_reply_cookie(req, ret, AUTH_COOKIE, secret, g_conf->session_max / 1000);
}

/* {account, csrf, kind, scopes, project} of req->principal. */
static enum status session_reply(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const struct principal *me = api_me(req);
    bool token = me->kind == PRINCIPAL_TOKEN;
    ROWS_AUTO row = NULL;
    struct jsonw w;
    enum status st = db_run(api_db(req), SQL_ACCOUNT_GET, &row, err, P_TEXT(me->account));
    if (st)
        return st;
    if (db_count(row) == 0)
        return err_set(err, ST_UNAUTH, "This account does not exist any more.");
    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    jsonw_key(&w, "account");
    people_account_write(&w, row, 0, NULL);
    jsonw_kstr(&w, "kind", token ? "token" : "session");
    jsonw_kstr(&w, "csrf", token ? NULL : me->csrf);
    jsonw_key(&w, "scopes");
    if (token)
        people_scopes_write(&w, me->scopes);
    else
        jsonw_null(&w);
    jsonw_kstr(&w, "project", me->project[0] ? me->project : NULL);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status people_password_try(struct http_req *req, struct http_reply *ret, const char *login, const char *account,
                                const char *password, char ret_account[ID_MAX], struct err *err)
{
    struct db *db = api_db(req);
    ROWS_AUTO row = NULL;
    int64_t wait_ms = 0;
    bool right = false, rehash = false;
    enum status st = throttle_attempt(db, login, req->address, &wait_ms, err);
    if (wait_ms > 0)
        http_reply_header(ret, "Retry-After", arena_printf(req->arena, "%" PRId64, (wait_ms + 999) / 1000));
    if (st == ST_OK)
        st = db_run(db, SQL_ACCOUNT_SECRET, &row, err, P_TEXT(account ? NULL : login), P_TEXT(account));
    if (st)
        return st;
    bool usable = db_count(row) == 1 && !db_bool(row, 0, 4);
    const char *hash = usable ? db_text(row, 0, 3) : NULL;
    st = password_verify(hash, password, &right, &rehash, err);
    if (st) {
        (void)throttle_uncount(db, login, req->address, NULL);
        return st;
    }
    if (!right) {
        log_kv(LOG_WARN, "session.refused", "wrong login or password", "address", req->address, "account",
               db_count(row) ? db_text(row, 0, 0) : "", NULL);
        return err_field(err, ST_UNAUTH, "bad_credentials", NULL, "The login or the password is wrong.");
    }
    const char *newer = NULL;
    if (rehash && password_hash(req->arena, password, &newer, NULL) == ST_OK) {
        struct err why = { 0 };
        if (db_run(db, SQL_ACCOUNT_REHASH, NULL, &why, P_TEXT(db_text(row, 0, 0)), P_TEXT(newer), P_TEXT(hash)))
            log_err(LOG_WARN, "password.rehash", &why); /* the old hash is as right as before */
    }
    (void)str_fmt(ret_account, ID_MAX, "%s", db_text(row, 0, 0));
    return throttle_success(db, login, req->address, err);
}

enum status people_session_start(struct http_req *req, struct http_reply *ret, const char *account, struct err *err)
{
    char *secret = arena_alloc(req->arena, AUTH_SECRET_MAX);
    struct principal me;
    enum status st =
        session_create(api_db(req), account, req->address, http_header(req, "User-Agent"), secret, &me, err);
    if (st == ST_OK)
        st = auth_become(req, &me, err);
    if (st)
        return st;
    session_cookie(req, ret, secret);
    return session_reply(req, ret, err);
}

enum status api_session_create(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *login = "", *password = "";
    char account[ID_MAX], small[AUTH_LOGIN_MAX] = "";
    const struct json_row rows[] = {
        JSON_ROW_STR("login", JF_REQUIRED, 1, 320, &login),
        JSON_ROW_STR("password", JF_REQUIRED | JF_ANY, 1, AUTH_PASSWORD_MAX, &password),
    };
    enum status st = API_BODY(req, rows, err);
    if (st)
        return st;
    /* Logins are lower case; people's keyboards begin sentences with a capital. Too long is simply unknown. */
    if (strlen(login) < sizeof small) {
        for (size_t i = 0; login[i]; i++)
            small[i] = (char)tolower((unsigned char)login[i]);
    }
    st = people_password_try(req, ret, small, NULL, password, account, err);
    return st ? st : people_session_start(req, ret, account, err);
}

enum status api_session_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    enum status st = auth_identify(req, err);
    if (st == ST_OK && !req->principal)
        st = err_field(err, ST_UNAUTH, "unauth", NULL, "Nobody is signed in.");
    return st ? st : session_reply(req, ret, err);
}

enum status api_session_delete(struct http_req *req, struct http_reply *ret, struct err *err)
{
    enum status st = session_end(api_db(req), api_me(req)->via, err);
    if (st)
        return st;
    http_reply_cookie(req, ret, AUTH_COOKIE, "", 0);
    api_no_content(ret);
    return ST_OK;
}

enum status api_sessions_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO rows = NULL;
    struct jsonw w;
    enum status st = db_run(api_db(req), SQL_AUTH_SESSION_LIST, &rows, err, P_TEXT(api_me(req)->account),
                            P_I64(g_conf->session_idle), P_I64(g_conf->session_max));
    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    jsonw_key(&w, "items");
    jsonw_arr(&w);
    for (int i = 0; i < db_count(rows); i++) {
        jsonw_obj(&w);
        api_ktext(&w, "id", rows, i, 0);
        api_ktime(&w, "created_at", rows, i, 1);
        api_ktime(&w, "seen_at", rows, i, 2);
        api_ktext(&w, "address", rows, i, 3);
        api_ktext(&w, "user_agent", rows, i, 4);
        jsonw_kbool(&w, "current", str_eq(db_text(rows, i, 0), api_me(req)->via));
        jsonw_obj_end(&w);
    }
    jsonw_arr_end(&w);
    jsonw_knull(&w, "next_cursor");
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status api_sessions_revoke(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO ended = NULL;
    enum status st =
        db_run(api_db(req), SQL_AUTH_SESSION_REVOKE, &ended, err, P_TEXT(req->arg[0]), P_TEXT(api_me(req)->account));

    if (st)
        return st;
    if (!db_affected(ended))
        return err_field(err, ST_NOTFOUND, "session_not_found", NULL, "You have no such session.");
    if (str_eq(req->arg[0], api_me(req)->via))
        http_reply_cookie(req, ret, AUTH_COOKIE, "", 0);
    api_no_content(ret);
    return ST_OK;
}

enum status api_sessions_delete(struct http_req *req, struct http_reply *ret, struct err *err)
{
    enum status st = session_end_all(api_db(req), api_me(req)->account, err);
    if (st)
        return st;
    http_reply_cookie(req, ret, AUTH_COOKIE, "", 0);
    api_no_content(ret);
    return ST_OK;
}
