/* Installed programs, as the worker found them with Lmod. One item a program with its versions over all sites. */
#include "api.h"

#include <string.h>

#define SEARCH_MAX 200

static enum status query_text(const struct http_req *req, const char *name, const char **ret_text, struct err *err)
{
    const char *s = http_query(req, name);

    if (s && strlen(s) > SEARCH_MAX)
        return err_field(err, ST_INVALID, "too_long", name, "%s is longer than %d bytes", name, SEARCH_MAX);
    *ret_text = s && strspn(s, " \t\r\n") < strlen(s) ? s : NULL;
    return ST_OK;
}

enum status api_modules_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const allowed[] = { "q", "category", "site", "limit", "cursor", NULL };
    const char *q = NULL;
    const char *category = NULL;
    const char *site = NULL;
    ROWS_AUTO r = NULL;
    struct api_page page;
    struct jsonw w;
    enum status st = http_query_only(req, allowed, err);

    if (!st)
        st = api_page_read(req, NULL, &page, err);
    if (!st)
        st = query_text(req, "q", &q, err);
    if (!st)
        st = query_text(req, "category", &category, err);
    if (!st)
        st = query_text(req, "site", &site, err);
    if (!st)
        st = db_run(api_db(req), SQL_MODULE_LIST, &r, err, P_TEXT(q), P_TEXT(category), P_TEXT(site),
                    P_TEXT(page.after), P_I64(page.limit + 1));
    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    int n = api_page_begin(&w, &page, r);
    for (int i = 0; i < n; i++) {
        jsonw_obj(&w);
        api_ktext(&w, "name", r, i, 0);
        api_ktext(&w, "category", r, i, 1);
        api_ktext(&w, "summary", r, i, 2);
        api_ktext(&w, "homepage", r, i, 3);
        api_kjson(&w, "versions", r, i, 4);
        jsonw_obj_end(&w);
    }
    api_page_end(&w, &page, r, 0);
    return api_json_end(ret, err);
}

enum status api_modules_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    enum { SITE, FULL, VERSION, DEFAULT, CATEGORY, SUMMARY, DESCRIPTION, HELP, HOMEPAGE, KEYWORDS, LOAD, SEEN };
    ROWS_AUTO r = NULL;
    struct jsonw w;
    enum status st = db_run(api_db(req), SQL_MODULE_GET, &r, err, P_TEXT(req->arg[0]));

    if (st)
        return st;
    if (!db_count(r))
        return err_set(err, ST_NOTFOUND, "no program of this name is installed");
    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    jsonw_kstr(&w, "name", req->arg[0]);
    api_ktext(&w, "category", r, 0, CATEGORY);
    api_ktext(&w, "summary", r, 0, SUMMARY);
    api_ktext(&w, "description", r, 0, DESCRIPTION);
    api_ktext(&w, "homepage", r, 0, HOMEPAGE);
    api_kjson(&w, "keywords", r, 0, KEYWORDS);
    jsonw_key(&w, "versions");
    jsonw_arr(&w);
    for (int i = 0; i < db_count(r); i++) {
        jsonw_obj(&w);
        api_ktext(&w, "version", r, i, VERSION);
        api_ktext(&w, "full_name", r, i, FULL);
        api_ktext(&w, "site", r, i, SITE);
        jsonw_kbool(&w, "is_default", db_bool(r, i, DEFAULT));
        api_ktext(&w, "load_command", r, i, LOAD);
        api_ktext(&w, "help", r, i, HELP);
        api_ktime(&w, "seen_at", r, i, SEEN);
        jsonw_obj_end(&w);
    }
    jsonw_arr_end(&w);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}
