/* People, for administrators: list, create, change (name, role, password, storage limit, disabled). */
#include "api_people.h"

#include "../core/conf.h"
#include "../model/json_in.h"

static const char *const ROLES[] = { "admin", "user", NULL };

static enum status user_reply(struct http_req *req, struct http_reply *ret, int code, const char *id,
                              const char *password, struct err *err)
{
    ROWS_AUTO row = NULL;
    struct jsonw w;
    enum status st = db_run(api_db(req), SQL_ACCOUNT_GET, &row, err, P_TEXT(id));
    if (st)
        return st;
    if (db_count(row) == 0)
        return err_set(err, ST_NOTFOUND, "There is no such account.");
    if (!password)
        api_etag_version(req, ret, db_i64(row, 0, 7));
    api_json_begin(ret, code, &w);
    people_account_write(&w, row, 0, password);
    return api_json_end(ret, err);
}

enum status api_users_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO rows = NULL;
    struct api_page page;
    struct jsonw w;
    enum status st = api_page_read(req, "usr", &page, err);
    if (st == ST_OK)
        st = db_run(api_db(req), SQL_ACCOUNT_LIST, &rows, err, P_TEXT(page.after), P_I64(page.limit + 1));
    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    int n = api_page_begin(&w, &page, rows);
    for (int i = 0; i < n; i++)
        people_account_write(&w, rows, i, NULL);
    api_page_end(&w, &page, rows, 0);
    return api_json_end(ret, err);
}

enum status api_users_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return user_reply(req, ret, 0, req->arg[0], NULL, err);
}

enum status api_users_create(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct account_new who = { 0 };
    const char *role = "user";
    char id[ID_MAX], made[32];
    const struct json_row rows[] = {
        JSON_ROW_STR("login", JF_REQUIRED, 1, AUTH_LOGIN_MAX - 1, &who.login),
        JSON_ROW_STR("display_name", JF_NULL, 1, 200, &who.display_name),
        JSON_ROW_STR("email", JF_NULL, 0, 320, &who.email),
        JSON_ROW_WORD("role", 0, ROLES, &role),
        JSON_ROW_STR("password", JF_NULL | JF_ANY, 1, AUTH_PASSWORD_MAX, &who.password),
    };
    enum status st = API_BODY(req, rows, err);
    if (st)
        return st;
    who.admin = role[0] == 'a';
    bool given = who.password != NULL;
    if (!given) {
        password_random(made);
        who.password = made;
    }
    st = account_create(api_db(req), req->arena, &who, id, err);
    if (st)
        return st;
    api_location(req, ret, "users", id);
    return user_reply(req, ret, 201, id, given ? NULL : made, err);
}

enum status api_users_update(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct account_change change = { 0 };
    const char *password = NULL, *id = req->arg[0];
    bool disabled = false, has_disabled = false;
    int64_t limit = -1;
    const struct json_row rows[] = {
        JSON_ROW_STR("display_name", 0, 1, 200, &change.display_name),
        JSON_ROW_STR("email", 0, 0, 320, &change.email),
        JSON_ROW_WORD("role", 0, ROLES, &change.role),
        { .name = "disabled", .kind = JT_BOOL, .dest = &disabled, .ret_present = &has_disabled },
        JSON_ROW_STR("password", JF_ANY, 1, AUTH_PASSWORD_MAX, &password),
        JSON_ROW_I64("storage_limit_bytes", 0, 0, INT64_MAX, &limit),
    };
    enum status st = api_if_match(req, &change.version, err);
    if (st == ST_OK)
        st = API_BODY(req, rows, err);
    if (st == ST_OK && password)
        st = password_check_rules(password, NULL, "/password", err);
    if (st == ST_OK && password)
        st = password_hash(req->arena, password, &change.password_hash, err);
    if (st)
        return st;
    if (has_disabled)
        change.disabled = disabled ? ACCOUNT_DISABLE : ACCOUNT_ENABLE;
    st = account_update(api_db(req), id, &change, NULL, err);
    if (st == ST_OK && limit >= 0)
        st = db_run(api_db(req), SQL_ACCOUNT_QUOTA, NULL, err, P_TEXT(id), P_I64(limit));
    return st ? st : user_reply(req, ret, 0, id, NULL, err);
}
