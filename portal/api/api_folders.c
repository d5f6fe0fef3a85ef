/* Folders of a project: list, move, trash, take back, and files as one zip archive.
 *
 * A folder is a property of the files in it, so each change here is one statement over those files, and a folder is
 * there as long as a file is. The archive is made while it is sent: the list of files is read once, their content is
 * opened one at a time.
 */
#include "api.h"
#include "filename.h"

#include "../core/clock.h"
#include "../core/id.h"
#include "../core/str.h"
#include "../model/json_in.h"

#include <stdlib.h>
#include <string.h>

#define ZIP_FILES_MAX 20000

/* --- folders ---------------------------------------------------------------------------------- */

static void folder_write(struct jsonw *w, const struct db_rows *r, int i)
{
    const char *path = db_text(r, i, 0), *slash = strrchr(path, '/');

    jsonw_obj(w);
    jsonw_kstr(w, "path", path);
    jsonw_kstr(w, "name", slash ? slash + 1 : path);
    api_kint(w, "files", r, i, 1);
    api_kint(w, "bytes", r, i, 2);
    api_kint(w, "total_files", r, i, 3);
    api_kint(w, "total_bytes", r, i, 4);
    jsonw_obj_end(w);
}

/* Cursors are paths in hex, since paths are any text. */
static enum status path_cursor_read(struct http_req *req, const char **ret_path, struct err *err)
{
    const char *text = http_query(req, "cursor");
    size_t n = text ? strlen(text) / 2 : 0;
    char *path = arena_alloc(req->arena, n + 1);

    *ret_path = NULL;
    if (text && (n == 0 || n > FOLDER_MAX_BYTES || !hex_decode(text, path, n) || !utf8_valid(path, n)))
        return err_field(err, ST_INVALID, "cursor_invalid", "cursor", "The cursor is not one this list has given.");
    if (text)
        *ret_path = path;
    return ST_OK;
}

enum status api_folders_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const allowed[] = { "limit", "cursor", NULL };
    const char *after = NULL, *last;
    ROWS_AUTO r = NULL;
    int64_t limit;
    struct jsonw w;
    enum status st = http_query_only(req, allowed, err);

    if (!st)
        st = http_query_i64(req, "limit", API_LIST_MAX, 1, API_LIST_MAX, &limit, err);
    if (!st)
        st = path_cursor_read(req, &after, err);
    if (!st)
        st = db_run(api_db(req), SQL_FOLDER_LIST, &r, err, P_TEXT(req->arg[0]), P_TEXT(after), P_I64(limit + 1));
    if (st)
        return st;
    bool more = db_count(r) > limit;
    int n = more ? (int)limit : db_count(r);
    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    jsonw_key(&w, "items");
    jsonw_arr(&w);
    for (int i = 0; i < n; i++)
        folder_write(&w, r, i);
    jsonw_arr_end(&w);
    last = more ? db_text(r, n - 1, 0) : NULL;
    char *cursor = last ? arena_alloc(req->arena, 2 * strlen(last) + 1) : NULL;
    if (cursor)
        hex_encode(last, strlen(last), cursor);
    jsonw_kstr(&w, "next_cursor", cursor);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

static enum status no_folder(struct err *err, const char *field)
{
    return err_field(err, ST_NOTFOUND, "folder_not_found", field, "The project has no such folder.");
}

/* A folder that is not the top. */
static enum status folder_read(struct http_req *req, const char *raw, const char *field, const char **ret_folder,
                               struct err *err)
{
    enum status st = folder_clean(req->arena, raw, strlen(raw), field, ret_folder, err);

    if (!st && !**ret_folder)
        st = err_field(err, ST_INVALID, "folder_top", field, "The top folder is the project itself; name one in it.");
    return st;
}

static enum status counted_reply(struct http_reply *ret, const struct db_rows *r, struct err *err)
{
    struct jsonw w;

    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    api_kint(&w, "files", r, 0, 0);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

/* Would the move put a folder into itself, or folders deeper than they may lie? The table keeps the depth as well; what
 * it says reads worse. */
static enum status move_check(const char *from, const char *to, struct err *err)
{
    size_t n = strlen(from);

    if (str_starts(to, from) && (to[n] == '/' || !to[n]))
        return err_field(err, ST_CONFLICT, "folder_in_itself", "/to", "A folder cannot be moved into itself.");
    return ST_OK;
}

enum status api_folders_move(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *raw = NULL, *raw_to = NULL, *folder = NULL, *to = NULL;
    const struct json_row rows[] = { JSON_ROW_STR("folder", JF_REQUIRED | JF_ANY, 1, FOLDER_MAX_BYTES, &raw),
                                     JSON_ROW_STR("to", JF_REQUIRED | JF_ANY, 0, FOLDER_MAX_BYTES, &raw_to) };
    ROWS_AUTO r = NULL;
    enum status st = API_BODY(req, rows, err);

    if (!st)
        st = folder_read(req, raw, "/folder", &folder, err);
    if (!st)
        st = folder_clean(req->arena, raw_to, strlen(raw_to), "/to", &to, err);
    if (!st)
        st = move_check(folder, to, err);
    if (st)
        return st;
    st = db_run(api_db(req), SQL_FOLDER_MOVE, &r, err, P_TEXT(req->arg[0]), P_TEXT(folder), P_TEXT(to),
                P_TEXT(api_me(req)->account));
    if (st == ST_INVALID)
        return err_field(err, ST_INVALID, "folder_too_deep", "/to", "Folders in it would lie more than %d deep there.",
                         FOLDER_DEPTH_MAX);
    if (st)
        return st;
    return db_count(r) ? counted_reply(ret, r, err) : no_folder(err, "/folder");
}

enum status api_folders_delete(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const allowed[] = { "folder", NULL };
    const char *raw = http_query(req, "folder"), *folder = NULL;
    ROWS_AUTO r = NULL;
    struct jsonw w;
    enum status st = http_query_only(req, allowed, err);

    if (!st)
        st = folder_read(req, raw ? raw : "", "folder", &folder, err);
    if (!st)
        st = db_run(api_db(req), SQL_FOLDER_TRASH, &r, err, P_TEXT(req->arg[0]), P_TEXT(folder),
                    P_TEXT(api_me(req)->account));
    if (st)
        return st;
    if (!db_count(r))
        return no_folder(err, "folder");
    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    api_kint(&w, "files", r, 0, 0);
    api_kint(&w, "bytes", r, 0, 1);
    api_ktime(&w, "trashed_at", r, 0, 2);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status api_folders_restore(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *raw = NULL, *at = NULL, *folder = NULL;
    const struct json_row rows[] = { JSON_ROW_STR("folder", JF_REQUIRED | JF_ANY, 1, FOLDER_MAX_BYTES, &raw),
                                     JSON_ROW_STR("trashed_at", JF_REQUIRED, 20, 40, &at) };
    ROWS_AUTO r = NULL;
    int64_t us;
    enum status st = API_BODY(req, rows, err);

    if (!st)
        st = folder_read(req, raw, "/folder", &folder, err);
    if (!st && !clock_parse_rfc3339(at, &us))
        st = err_field(err, ST_INVALID, "bad_time", "/trashed_at", "trashed_at is not a time.");
    if (!st) /* as text: its last digits are what names the deletion */
        st = db_run(api_db(req), SQL_FOLDER_RESTORE, &r, err, P_TEXT(req->arg[0]), P_TEXT(folder), P_TEXT(at),
                    P_TEXT(api_me(req)->account));
    if (st)
        return st;
    if (!db_count(r))
        return err_field(err, ST_CONFLICT, "not_trashed", NULL, "Nothing of this folder is in the trash since then.");
    return counted_reply(ret, r, err);
}

/* --- the archive -------------------------------------------------------------------------------- */

struct zip {
    struct db_rows *rows;
    struct arena *arena; /* of the name now */
    size_t skip;         /* bytes of the folder that is the top of the archive */
    int at;
};

enum { Z_ID, Z_FOLDER, Z_NAME, Z_SHA256, Z_BYTES, Z_CREATED };

/* Two files may have one name; an archive cannot. */
static bool name_repeats(const struct zip *z, int i)
{
    return i > 0 && str_eq(db_text(z->rows, i, Z_FOLDER), db_text(z->rows, i - 1, Z_FOLDER)) &&
           str_eq(db_text(z->rows, i, Z_NAME), db_text(z->rows, i - 1, Z_NAME));
}

static const char *zip_name(struct zip *z, int i)
{
    const char *folder = db_text(z->rows, i, Z_FOLDER) + z->skip, *id = db_text(z->rows, i, Z_ID);
    char *name = arena_strdup(z->arena, db_text(z->rows, i, Z_NAME));

    for (char *p = name; *p; p++) /* a slash in a name is no folder */
        if (*p == '/')
            *p = '_';
    if (name_repeats(z, i)) {
        const char *dot = strrchr(name, '.');
        int stem = dot && dot != name ? (int)(dot - name) : (int)strlen(name);

        name = arena_printf(z->arena, "%.*s (%s)%s", stem, name, id + strlen(id) - 6, name + stem);
    }
    folder += *folder == '/';
    return *folder ? arena_printf(z->arena, "%s/%s", folder, name) : name;
}

static bool zip_next(void *ctx, struct http_archive_file *ret_f)
{
    struct zip *z = ctx;

    for (; z->at < db_count(z->rows); z->at++) {
        int64_t size = 0;
        int fd = -1;

        arena_free(z->arena);
        z->arena = arena_new(65536);
        if (!z->arena)
            return false;
        /* Deleted for good since the list was read: it is left out. */
        if (api_store_open(z->arena, db_text(z->rows, z->at, Z_SHA256), &fd, &size, NULL))
            continue;
        *ret_f = (struct http_archive_file){
            .name = zip_name(z, z->at), .fd = fd, .size = size, .mtime = db_i64(z->rows, z->at, Z_CREATED)
        };
        z->at++;
        return true;
    }
    return false;
}

static void zip_free(void *ctx)
{
    struct zip *z = ctx;

    db_rows_free(z->rows);
    arena_free(z->arena);
    free(z);
}

/* files=fil_…,fil_… -> an array literal. */
static enum status zip_files_read(struct http_req *req, const char **ret_array, struct err *err)
{
    const char *text = http_query(req, "files");
    char *copy = arena_strdup(req->arena, text), *save = NULL;

    *ret_array = NULL;
    for (const char *id = copy ? strtok_r(copy, ",", &save) : NULL; id; id = strtok_r(NULL, ",", &save))
        if (!id_valid("fil", id))
            return err_field(err, ST_INVALID, "bad_id", "files", "\"%.40s\" is not the id of a file.", id);
    if (text && *text)
        *ret_array = arena_printf(req->arena, "{%s}", text);
    return ST_OK;
}

enum status api_files_zip(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const allowed[] = { "folder", "files", NULL };
    const char *raw = http_query(req, "folder"), *folder = "", *files = NULL, *top = "files";
    struct db_rows *r = NULL;
    enum status st = http_query_only(req, allowed, err);

    if (!st && raw)
        st = folder_clean(req->arena, raw, strlen(raw), "folder", &folder, err);
    if (!st)
        st = zip_files_read(req, &files, err);
    if (!st)
        st = db_run(api_db(req), SQL_FILE_ZIP, &r, err, P_TEXT(req->arg[0]), P_TEXT(*folder ? folder : NULL),
                    P_TEXT(files), P_I64(ZIP_FILES_MAX + 1));
    if (st)
        return st;
    if (db_count(r) == 0 || db_count(r) > ZIP_FILES_MAX) {
        bool none = db_count(r) == 0;

        db_rows_free(r);
        if (none)
            return err_field(err, ST_NOTFOUND, "no_files", NULL, "There are no such files.");
        return err_field(err, ST_TOOBIG, "too_many_files", NULL, "An archive holds at most %d files.", ZIP_FILES_MAX);
    }
    struct zip *z = calloc(1, sizeof *z);
    if (!z) {
        db_rows_free(r);
        return err_set(err, ST_FATAL, "There is not enough memory for an archive.");
    }
    z->rows = r;
    z->skip = strlen(folder);
    if (*folder)
        top = strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder;
    return http_reply_archive_files(req, ret, top, "zip", zip_next, zip_free, z, err);
}
