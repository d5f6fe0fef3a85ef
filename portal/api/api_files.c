/* Files of a project: list, read, rename and move, trash and restore, download. Content never changes: a file is a name
 * for a hash, so downloads carry the hash as ETag and changes of the row its version.
 */
#include "api.h"
#include "filename.h"

#include "../core/str.h"
#include "../model/json_in.h"

#include <string.h>

/* Columns of file_get.sql, file_list.sql, file_list_trashed.sql. */
enum {
    C_ID,
    C_PROJECT,
    C_NAME,
    C_BYTES,
    C_SHA256,
    C_CREATED_BY,
    C_LOGIN,
    C_CREATED,
    C_TRASHED,
    C_VERSION,
    C_STRUCTURE,
    C_STRUCTURE_STATE,
    C_FOLDER
};

static void file_write(struct jsonw *w, const struct db_rows *r, int row)
{
    jsonw_obj(w);
    api_ktext(w, "id", r, row, C_ID);
    api_ktext(w, "project", r, row, C_PROJECT);
    api_ktext(w, "name", r, row, C_NAME);
    api_ktext(w, "folder", r, row, C_FOLDER);
    api_kint(w, "bytes", r, row, C_BYTES);
    api_ktext(w, "sha256", r, row, C_SHA256);
    api_ktext(w, "created_by", r, row, C_CREATED_BY);
    api_ktext(w, "created_by_login", r, row, C_LOGIN);
    api_ktime(w, "created_at", r, row, C_CREATED);
    api_ktime(w, "trashed_at", r, row, C_TRASHED);
    api_kint(w, "version", r, row, C_VERSION);
    api_ktext(w, "structure_id", r, row, C_STRUCTURE);
    api_ktext(w, "structure_state", r, row, C_STRUCTURE_STATE);
    jsonw_obj_end(w);
}

static enum status file_get(struct http_req *req, struct db_rows **ret_r, struct err *err)
{
    struct db_rows *r = NULL;
    enum status st = db_run(api_db(req), SQL_FILE_GET, &r, err, P_TEXT(req->arg[0]));

    if (st)
        return st;
    (void)db_rows_keep(r, req->arena);
    if (!db_count(r))
        return err_set(err, ST_NOTFOUND, "there is no such file");
    *ret_r = r;
    return ST_OK;
}

static enum status file_reply(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct db_rows *r = NULL;
    struct jsonw w;
    enum status st = file_get(req, &r, err);

    if (st)
        return st;
    api_etag_version(req, ret, db_i64(r, 0, C_VERSION));
    api_json_begin(ret, 0, &w);
    file_write(&w, r, 0);
    return api_json_end(ret, err);
}

enum status api_files_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const allowed[] = { "limit", "cursor", "trashed", "folder", "recursive", "q", NULL };
    const char *raw = http_query(req, "folder"), *q = http_query(req, "q"), *folder = NULL;
    ROWS_AUTO r = NULL;
    struct api_page page;
    bool trashed = false, recursive = false;
    enum status st = http_query_only(req, allowed, err);

    if (!st)
        st = api_page_read(req, "fil", &page, err);
    if (!st)
        st = api_query_bool(req, "trashed", &trashed, err);
    if (!st)
        st = api_query_bool(req, "recursive", &recursive, err);
    if (!st && q && (strlen(q) > 200 || !utf8_valid(q, strlen(q))))
        st = err_field(err, ST_INVALID, "too_long", "q", "The search text may have at most 200 bytes of UTF-8.");
    if (!st && raw)
        st = folder_clean(req->arena, raw, strlen(raw), "folder", &folder, err);
    if (st)
        return st;
    if (folder && !*folder && (recursive || trashed)) /* everything is below the top */
        folder = NULL;
    /* Three statements, because each list has its own partial index. */
    enum sql_id list = trashed ? SQL_FILE_LIST_TRASHED : folder && !recursive ? SQL_FILE_LIST_FOLDER : SQL_FILE_LIST;
    st = db_run(api_db(req), list, &r, err, P_TEXT(req->arg[0]), P_TEXT(page.after), P_I64(page.limit + 1),
                P_TEXT(q && *q ? api_like_pattern(req->arena, q) : NULL), P_TEXT(folder));
    if (st)
        return st;
    return api_page_reply(ret, &page, r, C_ID, file_write, err);
}

enum status api_files_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return file_reply(req, ret, err);
}

enum status api_files_update(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *raw = NULL, *raw_folder = NULL;
    const char *name = NULL, *folder = NULL;
    const struct json_row rows[] = { JSON_ROW_STR("name", JF_ANY, 1, FILENAME_MAX_BYTES, &raw),
                                     JSON_ROW_STR("folder", JF_ANY, 0, FOLDER_MAX_BYTES, &raw_folder) };
    int64_t version = 0;
    ROWS_AUTO changed = NULL;
    enum status st = api_if_match(req, &version, err);

    if (!st)
        st = API_BODY(req, rows, err);
    if (!st && raw)
        st = filename_clean(req->arena, raw, strlen(raw), "/name", &name, err);
    if (!st && raw_folder)
        st = folder_clean(req->arena, raw_folder, strlen(raw_folder), "/folder", &folder, err);
    if (!st && !name && !folder)
        st = err_field(err, ST_INVALID, "missing_field", "/name", "Say a new name or a new folder.");
    if (!st)
        st = db_run(api_db(req), SQL_FILE_RENAME, &changed, err, P_TEXT(req->arg[0]), P_I64(version), P_TEXT(name),
                    P_TEXT(folder), P_TEXT(api_me(req)->account));
    if (st)
        return st;
    if (!db_count(changed))
        return api_stale(err);
    return file_reply(req, ret, err);
}

enum status api_files_delete(struct http_req *req, struct http_reply *ret, struct err *err)
{
    int64_t version = 0;
    ROWS_AUTO changed = NULL;
    enum status st = api_if_match(req, &version, err);

    if (!st)
        st = db_run(api_db(req), SQL_FILE_TRASH, &changed, err, P_TEXT(req->arg[0]), P_I64(version),
                    P_TEXT(api_me(req)->account));
    if (st)
        return st;
    if (!db_count(changed))
        return api_stale(err);
    api_no_content(ret);
    return ST_OK;
}

enum status api_files_restore(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO changed = NULL;
    enum status st =
        db_run(api_db(req), SQL_FILE_RESTORE, &changed, err, P_TEXT(req->arg[0]), P_TEXT(api_me(req)->account));

    if (st)
        return st;
    if (!db_count(changed))
        return err_field(err, ST_CONFLICT, "not_trashed", NULL, "this file is not in the trash");
    return file_reply(req, ret, err);
}

/* The workers delete within seconds; what a waiting or running run needs goes when that run has ended. */
enum status api_trash_empty(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO r = NULL;
    struct jsonw w;
    enum status st =
        db_run(api_db(req), SQL_FILE_TRASH_EMPTY, &r, err, P_TEXT(req->arg[0]), P_TEXT(api_me(req)->account));

    if (st)
        return st;
    api_json_begin(ret, 202, &w);
    jsonw_obj(&w);
    api_kint(&w, "files", r, 0, 0);
    api_kint(&w, "runs", r, 0, 1);
    api_kint(&w, "bytes", r, 0, 2);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status api_files_content(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct db_rows *r = NULL;
    enum status st = file_get(req, &r, err);

    if (st)
        return st;
    return api_store_reply(req, ret, db_text(r, 0, C_SHA256), db_text(r, 0, C_NAME), err);
}
