/* My API tokens. The secret is in the answer to POST and nowhere else afterwards. */
#include "api_people.h"

#include "../core/conf.h"
#include "../core/str.h"
#include "../model/json_in.h"

#define NAME_CHARS_MAX 100
#define DAYS_DEFAULT   90
#define DAYS_MAX       3650
#define DAY_S          86400

/* Columns of auth_token_get.sql and auth_token_list.sql. */
enum { C_ID, C_NAME, C_SCOPES, C_PROJECT, C_CREATED, C_EXPIRES, C_REVOKED, C_USED };

void people_scopes_write(struct jsonw *w, unsigned scopes)
{
    jsonw_arr(w);
    for (unsigned i = 0; auth_scopes[i]; i++) {
        if (scopes & (1u << i))
            jsonw_str(w, auth_scopes[i]);
    }
    jsonw_arr_end(w);
}

/* secret NULL: the token was made before. */
static void token_write(struct jsonw *w, const struct db_rows *r, int row, const char *secret)
{
    jsonw_obj(w);
    api_ktext(w, "id", r, row, C_ID);
    api_ktext(w, "name", r, row, C_NAME);
    api_kjson(w, "scopes", r, row, C_SCOPES);
    api_ktext(w, "project", r, row, C_PROJECT);
    api_ktime(w, "created_at", r, row, C_CREATED);
    api_ktime(w, "expires_at", r, row, C_EXPIRES);
    api_ktime(w, "revoked_at", r, row, C_REVOKED);
    api_ktime(w, "last_used_at", r, row, C_USED);
    if (secret)
        jsonw_kstr(w, "secret", secret);
    jsonw_obj_end(w);
}

enum status api_tokens_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO rows = NULL;
    struct api_page page;
    struct jsonw w;
    enum status st = api_page_read(req, "tok", &page, err);
    if (st == ST_OK) {
        st = db_run(api_db(req), SQL_AUTH_TOKEN_LIST, &rows, err, P_TEXT(api_me(req)->account), P_TEXT(page.after),
                    P_I64(page.limit + 1));
    }
    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    int n = api_page_begin(&w, &page, rows);
    for (int i = 0; i < n; i++)
        token_write(&w, rows, i, NULL);
    api_page_end(&w, &page, rows, C_ID);
    return api_json_end(ret, err);
}

static enum status scopes_read(const json_t *array, unsigned *ret_bits, struct err *err)
{
    unsigned bits = 0;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *name = json_string_value(json_array_get(array, i));
        unsigned bit = auth_scope_bit(name);
        if (!bit) {
            char at[32];
            (void)str_fmt(at, sizeof at, "/scopes/%zu", i);
            err_field(err, ST_INVALID, "unknown_scope", at, "There is no such scope.");
            return err_hint(err, "Scopes are projects, files and runs, each with :read or :write.");
        }
        bits |= bit;
    }
    *ret_bits = bits;
    return ST_OK;
}

enum status api_tokens_create(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const struct principal *me = api_me(req);
    const char *name = NULL, *project = NULL;
    json_t *scopes = NULL;
    int64_t days = DAYS_DEFAULT;
    unsigned bits = 0;
    char id[ID_MAX], secret[AUTH_SECRET_MAX];
    struct jsonw w;
    ROWS_AUTO row = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_CHARS_MAX, &name),
        JSON_ROW_ARR("scopes", JF_REQUIRED, 1, 6, &scopes),
        JSON_ROW_STR("project", JF_NULL, 1, ID_MAX, &project),
        JSON_ROW_I64("expires_in_days", 0, 1, DAYS_MAX, &days),
    };
    struct principal probe = *me;
    enum status st = API_BODY(req, rows, err);
    if (st == ST_OK)
        st = scopes_read(scopes, &bits, err);
    if (st == ST_OK && project)
        st = auth_project_check(api_db(req), &probe, project, NEED_VIEWER, "/project", err);
    if (st == ST_OK)
        st = token_create(api_db(req), me->account, name, bits, project, days * DAY_S, id, secret, err);
    if (st == ST_OK)
        st = db_run(api_db(req), SQL_AUTH_TOKEN_GET, &row, err, P_TEXT(id), P_TEXT(me->account));
    if (st)
        return st;
    api_location(req, ret, "tokens", id);
    api_json_begin(ret, 201, &w);
    token_write(&w, row, 0, secret);
    return api_json_end(ret, err);
}

enum status api_tokens_revoke(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO changed = NULL;
    enum status st =
        db_run(api_db(req), SQL_AUTH_TOKEN_REVOKE, &changed, err, P_TEXT(req->arg[0]), P_TEXT(api_me(req)->account));
    if (st)
        return st;
    if (db_affected(changed) == 0)
        return err_set(err, ST_NOTFOUND, "There is no such token.");
    api_no_content(ret);
    return ST_OK;
}
