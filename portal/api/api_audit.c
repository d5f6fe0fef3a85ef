/* The audit trail, for administrators: who did what, newest first, of one account or about one object. */
#include "api.h"

#include "../core/num.h"

/* Columns of auth_audit_list.sql. */
enum { C_ID, C_AT, C_ACCOUNT, C_LOGIN, C_ROUTE, C_OBJECT, C_ADDRESS, C_REQUEST, C_DATA };

enum status api_audit_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const ALLOWED[] = { "limit", "cursor", "account", "object", NULL };
    ROWS_AUTO rows = NULL;
    struct api_page page;
    struct jsonw w;
    int64_t after = 0;
    enum status st = http_query_only(req, ALLOWED, err);
    if (st == ST_OK)
        st = api_page_read(req, NULL, &page, err);
    if (st == ST_OK && page.after && !num_i64(page.after, 1, INT64_MAX, &after))
        st = err_field(err, ST_INVALID, "cursor_invalid", "cursor", "The cursor is not one this list has given.");
    if (st == ST_OK) {
        st = db_run(api_db(req), SQL_AUTH_AUDIT_LIST, &rows, err, page.after ? P_I64(after) : P_NULL,
                    P_I64(page.limit + 1), P_TEXT(http_query(req, "account")), P_TEXT(http_query(req, "object")));
    }
    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    int n = api_page_begin(&w, &page, rows);
    for (int i = 0; i < n; i++) {
        jsonw_obj(&w);
        api_kint(&w, "id", rows, i, C_ID);
        api_ktime(&w, "at", rows, i, C_AT);
        api_ktext(&w, "account", rows, i, C_ACCOUNT);
        api_ktext(&w, "login", rows, i, C_LOGIN);
        api_ktext(&w, "route", rows, i, C_ROUTE);
        api_ktext(&w, "object", rows, i, C_OBJECT);
        api_ktext(&w, "address", rows, i, C_ADDRESS);
        api_ktext(&w, "request_id", rows, i, C_REQUEST);
        api_kjson(&w, "data", rows, i, C_DATA);
        jsonw_obj_end(&w);
    }
    api_page_end(&w, &page, rows, C_ID);
    return api_json_end(ret, err);
}
