/* Structures: files that were inspected as molecules. The row appears by itself for files with a known extension; here
 * it can be asked for, listed and read. What inspection found (facts, findings) is the worker's JSON, passed through.
 */
#include "api.h"

#include "../model/json_in.h"

/* Columns of structure_get.sql and structure_list.sql. */
enum {
    C_ID,
    C_PROJECT,
    C_FILE,
    C_NAME,
    C_STATE,
    C_FORMAT,
    C_FACTS,
    C_FINDINGS,
    C_CREATED_BY,
    C_LOGIN,
    C_CREATED,
    C_INSPECTED,
    C_VERSION,
    C_BYTES,
    C_SHA256
};

static void structure_write(struct jsonw *w, const struct db_rows *r, int row)
{
    jsonw_obj(w);
    api_ktext(w, "id", r, row, C_ID);
    api_ktext(w, "project", r, row, C_PROJECT);
    api_ktext(w, "file_id", r, row, C_FILE);
    api_ktext(w, "name", r, row, C_NAME);
    api_ktext(w, "state", r, row, C_STATE);
    api_ktext(w, "format", r, row, C_FORMAT);
    api_kint(w, "bytes", r, row, C_BYTES);
    api_ktext(w, "sha256", r, row, C_SHA256);
    api_kjson(w, "facts", r, row, C_FACTS);
    api_kjson(w, "findings", r, row, C_FINDINGS);
    api_ktext(w, "created_by", r, row, C_CREATED_BY);
    api_ktext(w, "created_by_login", r, row, C_LOGIN);
    api_ktime(w, "created_at", r, row, C_CREATED);
    api_ktime(w, "inspected_at", r, row, C_INSPECTED);
    api_kint(w, "version", r, row, C_VERSION);
    jsonw_obj_end(w);
}

static enum status structure_get(struct http_req *req, const char *id, struct db_rows **ret_r, struct err *err)
{
    struct db_rows *r = NULL;
    enum status st = db_run(api_db(req), SQL_STRUCTURE_GET, &r, err, P_TEXT(id));

    if (st)
        return st;
    (void)db_rows_keep(r, req->arena);
    if (!db_count(r))
        return err_set(err, ST_NOTFOUND, "there is no such structure");
    *ret_r = r;
    return ST_OK;
}

static enum status structure_reply(struct http_req *req, struct http_reply *ret, int code, const char *id,
                                   struct err *err)
{
    struct db_rows *r = NULL;
    struct jsonw w;
    enum status st = structure_get(req, id, &r, err);

    if (st)
        return st;
    api_etag_version(req, ret, db_i64(r, 0, C_VERSION));
    api_json_begin(ret, code, &w);
    structure_write(&w, r, 0);
    return api_json_end(ret, err);
}

enum status api_structures_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const allowed[] = { "limit", "cursor", NULL };
    ROWS_AUTO r = NULL;
    struct api_page page;
    enum status st = http_query_only(req, allowed, err);

    if (!st)
        st = api_page_read(req, "str", &page, err);
    if (!st)
        st = db_run(api_db(req), SQL_STRUCTURE_LIST, &r, err, P_TEXT(req->arg[0]), P_TEXT(page.after),
                    P_I64(page.limit + 1));
    if (st)
        return st;
    return api_page_reply(ret, &page, r, C_ID, structure_write, err);
}

enum status api_structures_create(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *file = NULL;
    const struct json_row rows[] = { JSON_ROW_STR("file_id", JF_REQUIRED, 1, ID_MAX, &file) };
    char id[ID_MAX];
    ROWS_AUTO made = NULL;
    ROWS_AUTO old = NULL;
    enum status st = API_BODY(req, rows, err);

    if (st)
        return st;
    id_new("str", id);
    st = db_run(api_db(req), SQL_STRUCTURE_CREATE, &made, err, P_TEXT(id), P_TEXT(req->arg[0]), P_TEXT(file),
                P_TEXT(api_me(req)->account));
    if (st)
        return st;
    if (db_count(made)) {
        api_location(req, ret, "structures", id);
        return structure_reply(req, ret, 201, id, err);
    }
    st = db_run(api_db(req), SQL_STRUCTURE_BY_FILE, &old, err, P_TEXT(req->arg[0]), P_TEXT(file));
    if (st)
        return st;
    if (!db_count(old)) {
        (void)err_field(err, ST_NOTFOUND, "no_such_file", "/file_id", "this project has no such stored file");
        return err_hint(err, "Files in the trash and uploads that are not stored yet do not count.");
    }
    api_location(req, ret, "structures", db_text(old, 0, 0));
    return structure_reply(req, ret, 200, db_text(old, 0, 0), err);
}

enum status api_structures_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return structure_reply(req, ret, 0, req->arg[0], err);
}

enum status api_structures_content(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct db_rows *r = NULL;
    enum status st = structure_get(req, req->arg[0], &r, err);

    if (st)
        return st;
    return api_store_reply(req, ret, db_text(r, 0, C_SHA256), db_text(r, 0, C_NAME), err);
}
