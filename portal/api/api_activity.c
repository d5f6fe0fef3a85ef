/* GET /projects/:id/activity: who did what in this project, newest first.
 *
 * Rows of table activity are codes and names as they were then; here they become words. A sentence is put together as
 * actor, action, object, detail, and each part is also given by itself, so that a page can link the object.
 */
#include "api.h"

#include "../core/num.h"
#include "../core/str.h"

#include <jansson.h>
#include <string.h>

enum { C_ID, C_AT, C_ACCOUNT, C_LOGIN, C_NAME, C_KIND, C_OBJECT, C_OBJECT_NAME, C_DATA, C_GONE };

enum detail { D_NONE, D_TEXT, D_ROLE, D_FROM, D_FOLDER, D_TO, D_COUNTS, D_FILES };

static const struct activity {
    const char *kind;
    const char *type;    /* of the object: what its id leads to; NULL: the project itself */
    const char *action;  /* what follows the actor */
    const char *passive; /* what follows the object when nobody did it; NULL: the action with "The portal" */
    enum detail detail;
} activities[] = {
    { "project_created", "project", "created the project", NULL, D_NONE },
    { "project_renamed", "project", "renamed the project to", NULL, D_FROM },
    { "project_archived", "project", "archived the project", NULL, D_NONE },
    { "project_reopened", "project", "reopened the project", NULL, D_NONE },
    { "member_added", "account", "added", NULL, D_ROLE },
    { "member_changed", "account", "changed the role of", NULL, D_ROLE },
    { "member_removed", "account", "removed", NULL, D_NONE },
    { "file_uploaded", "file", "uploaded", NULL, D_NONE },
    { "file_renamed", "file", "renamed a file to", NULL, D_FROM },
    { "file_moved", "file", "moved", NULL, D_FOLDER },
    { "file_trashed", "file", "put into the trash", NULL, D_NONE },
    { "file_restored", "file", "took out of the trash", NULL, D_NONE },
    { "folder_moved", "folder", "moved the folder", NULL, D_TO },
    { "folder_trashed", "folder", "put into the trash the folder", NULL, D_FILES },
    { "folder_restored", "folder", "took out of the trash the folder", NULL, D_FILES },
    { "trash_emptied", NULL, "emptied the trash", NULL, D_COUNTS },
    { "run_submit", "run", "launched", NULL, D_NONE },
    { "run_finished", "run", "finished", "has finished", D_NONE },
    { "run_failed", "run", "saw the failure of", "has failed", D_TEXT },
    { "run_cancelled", "run", "stopped", "was stopped", D_NONE },
    { "run_requeue_request", "run", "tried again", NULL, D_NONE },
    { "run_trashed", "run", "put into the trash", NULL, D_NONE },
    { "run_restored", "run", "took out of the trash", NULL, D_NONE },
};
#define ACTIVITIES (sizeof activities / sizeof activities[0])

static const struct activity *activity_find(const char *kind)
{
    for (size_t i = 0; i < ACTIVITIES; i++)
        if (str_eq(activities[i].kind, kind))
            return &activities[i];
    return NULL;
}

static const char *folder_shown(const char *folder)
{
    return folder && *folder ? folder : "the top folder";
}

/* What follows the object, with what joins it; "" for nothing. */
static void detail_write(const struct activity *a, const json_t *data, struct buf *out)
{
    const char *text = json_string_value(json_object_get(data, "text"));
    long long files = (long long)json_integer_value(json_object_get(data, "files"));
    long long runs = (long long)json_integer_value(json_object_get(data, "runs"));

    switch (a->detail) {
    case D_TEXT:
        if (text)
            buf_printf(out, ": %s", text);
        break;
    case D_ROLE:
        buf_printf(out, " %s %s", str_eq(a->kind, "member_added") ? "as" : "to",
                   json_string_value(json_object_get(data, "role")));
        break;
    case D_FROM:
        buf_printf(out, " (was %s)", json_string_value(json_object_get(data, "from")));
        break;
    case D_FOLDER:
        buf_printf(out, " to %s", folder_shown(json_string_value(json_object_get(data, "folder"))));
        break;
    case D_TO:
        buf_printf(out, " to %s", folder_shown(json_string_value(json_object_get(data, "to"))));
        break;
    case D_COUNTS:
        buf_printf(out, " (%lld file%s, %lld run%s)", files, files == 1 ? "" : "s", runs, runs == 1 ? "" : "s");
        break;
    case D_FILES:
        buf_printf(out, " with %lld file%s", files, files == 1 ? "" : "s");
        break;
    case D_NONE:
        break;
    }
}

static void object_write(struct jsonw *w, const struct activity *a, const struct db_rows *r, int i)
{
    jsonw_key(w, "object");
    if (!a->type) {
        jsonw_null(w);
        return;
    }
    jsonw_obj(w);
    jsonw_kstr(w, "type", a->type);
    api_ktext(w, "id", r, i, C_OBJECT);
    api_ktext(w, "name", r, i, C_OBJECT_NAME);
    jsonw_kbool(w, "gone", db_bool(r, i, C_GONE));
    jsonw_obj_end(w);
}

static void row_write(struct jsonw *w, const struct activity *a, const struct db_rows *r, int i)
{
    const char *who = db_text(r, i, C_NAME), *object = db_text(r, i, C_OBJECT_NAME);
    json_t *data = json_loads(db_text(r, i, C_DATA), 0, NULL);
    bool passive = a->passive && (!who || str_eq(a->kind, "run_finished"));
    BUF_AUTO detail = { 0 };
    BUF_AUTO text = { 0 };

    buf_init(&detail, 65536);
    buf_init(&text, 65536);
    buf_adds(&detail, "");
    detail_write(a, data, &detail);
    if (passive)
        buf_printf(&text, "%s %s", object, a->passive);
    else
        buf_printf(&text, "%s %s%s%s", who ? who : "The portal", a->action, a->type ? " " : "", a->type ? object : "");
    buf_adds(&text, buf_ok(&detail) && detail.len ? detail.p : "");
    jsonw_obj(w);
    api_kint(w, "id", r, i, C_ID);
    api_ktime(w, "at", r, i, C_AT);
    api_ktext(w, "kind", r, i, C_KIND);
    api_ktext(w, "account", r, i, C_ACCOUNT);
    api_ktext(w, "login", r, i, C_LOGIN);
    api_ktext(w, "display_name", r, i, C_NAME);
    jsonw_kstr(w, "text", buf_ok(&text) ? text.p : a->action);
    jsonw_kstr(w, "action", passive ? a->passive : a->action);
    jsonw_kbool(w, "passive", passive);
    object_write(w, a, r, i);
    jsonw_kstr(w, "detail", buf_ok(&detail) && detail.len ? detail.p : "");
    api_kjson(w, "data", r, i, C_DATA);
    jsonw_obj_end(w);
    json_decref(data);
}

/* Words separated by commas -> an array literal; each must be a kind. */
static enum status kinds_read(struct http_req *req, const char **ret_kinds, struct err *err)
{
    const char *text = http_query(req, "kind");
    char *copy = arena_strdup(req->arena, text), *save = NULL;

    *ret_kinds = NULL;
    for (const char *k = copy ? strtok_r(copy, ",", &save) : NULL; k; k = strtok_r(NULL, ",", &save))
        if (!activity_find(k))
            return err_field(err, ST_INVALID, "unknown_kind", "kind", "\"%.40s\" is no kind of activity.", k);
    if (text && *text)
        *ret_kinds = arena_printf(req->arena, "{%s}", text);
    return ST_OK;
}

enum status api_activity_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const allowed[] = { "limit", "cursor", "account", "kind", NULL };
    const char *kinds = NULL;
    ROWS_AUTO r = NULL;
    struct api_page page;
    struct jsonw w;
    int64_t before = 0;
    enum status st = http_query_only(req, allowed, err);

    if (!st)
        st = api_page_read(req, NULL, &page, err);
    if (!st && page.after && !num_i64(page.after, 1, INT64_MAX, &before))
        st = err_field(err, ST_INVALID, "cursor_invalid", "cursor", "The cursor is not one this list has given.");
    if (!st)
        st = kinds_read(req, &kinds, err);
    if (!st)
        st = db_run(api_db(req), SQL_ACTIVITY_LIST, &r, err, P_TEXT(req->arg[0]), page.after ? P_I64(before) : P_NULL,
                    P_I64(page.limit + 1), P_TEXT(http_query(req, "account")), P_TEXT(kinds));
    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    int n = api_page_begin(&w, &page, r);
    for (int i = 0; i < n; i++) {
        const struct activity *a = activity_find(db_text(r, i, C_KIND));

        if (a) /* written by a newer portal otherwise */
            row_write(&w, a, r, i);
    }
    api_page_end(&w, &page, r, C_ID);
    return api_json_end(ret, err);
}
