/* My own account: name, e-mail and password. A change of the password asks for the current one (a stolen session must
 * not become a stolen account), ends every session, and starts a new one for the browser that asked.
 */
#include "api_people.h"

#include "../core/conf.h"
#include "../model/json_in.h"

void people_account_write(struct jsonw *w, const struct db_rows *r, int row, const char *password)
{
    jsonw_obj(w);
    api_ktext(w, "id", r, row, 0);
    api_ktext(w, "login", r, row, 1);
    api_ktext(w, "display_name", r, row, 2);
    api_ktext(w, "email", r, row, 3);
    api_ktext(w, "role", r, row, 4);
    jsonw_kbool(w, "disabled", !db_null(r, row, 5));
    api_ktime(w, "created_at", r, row, 6);
    api_kint(w, "version", r, row, 7);
    jsonw_key(w, "storage");
    jsonw_obj(w);
    api_kint(w, "limit_bytes", r, row, 8);
    api_kint(w, "used_bytes", r, row, 9);
    api_kint(w, "reserved_bytes", r, row, 10);
    jsonw_obj_end(w);
    if (password)
        jsonw_kstr(w, "password", password);
    jsonw_obj_end(w);
}

/* If-Match is honoured, not asked for: besides me only an administrator changes this. */
enum status api_account_update(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct account_change change = { 0 };
    const struct json_row rows[] = {
        JSON_ROW_STR("display_name", 0, 1, 200, &change.display_name),
        JSON_ROW_STR("email", 0, 0, 320, &change.email),
    };
    ROWS_AUTO row = NULL;
    struct jsonw w;
    enum status st = http_header(req, "If-Match") ? api_if_match(req, &change.version, err) : ST_OK;

    if (st == ST_OK)
        st = API_BODY(req, rows, err);
    if (st == ST_OK)
        st = account_update(api_db(req), api_me(req)->account, &change, NULL, err);
    if (st == ST_OK)
        st = db_run(api_db(req), SQL_ACCOUNT_GET, &row, err, P_TEXT(api_me(req)->account));
    if (st)
        return st;
    api_etag_version(req, ret, db_i64(row, 0, 7));
    api_json_begin(ret, 0, &w);
    people_account_write(&w, row, 0, NULL);
    return api_json_end(ret, err);
}

enum status api_account_password(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const struct principal *me = api_me(req);
    const char *current = "", *new_one = "", *hash = NULL;
    char account[ID_MAX];
    const struct json_row rows[] = {
        JSON_ROW_STR("current", JF_REQUIRED | JF_ANY, 1, AUTH_PASSWORD_MAX, &current),
        JSON_ROW_STR("new", JF_REQUIRED | JF_ANY, 1, AUTH_PASSWORD_MAX, &new_one),
    };
    enum status st = API_BODY(req, rows, err);
    if (st == ST_OK)
        st = password_check_rules(new_one, me->login, "/new", err);
    if (st == ST_OK) {
        st = people_password_try(req, ret, me->login, me->account, current, account, err);
        if (st == ST_UNAUTH)
            st = err_field(err, ST_DENIED, "bad_credentials", "/current", "The current password is wrong.");
    }
    if (st == ST_OK)
        st = password_hash(req->arena, new_one, &hash, err);
    if (st == ST_OK)
        st = db_run(api_db(req), SQL_ACCOUNT_PASSWORD, NULL, err, P_TEXT(me->account), P_TEXT(hash));
    return st ? st : people_session_start(req, ret, account, err);
}
