/* Projects: list, create, read, change. A project carries its storage meters and the caller's role, so that a page
 * needs one request to show what one may do there.
 */
#include "api.h"

#include "../core/conf.h"
#include "../core/str.h"
#include "../model/json_in.h"

#define NAME_MAX_CHARS        200
#define DESCRIPTION_MAX_CHARS 10000

/* Columns of project_list.sql and project_get.sql. */
enum {
    C_ID,
    C_NAME,
    C_DESCRIPTION,
    C_ROLE,
    C_CREATED,
    C_ARCHIVED,
    C_VERSION,
    C_LIMIT,
    C_USED,
    C_RESERVED,
    C_RUNNING,
    C_WAITING,
    C_FAILED,
    C_FINISHED
};

static void project_write(struct jsonw *w, const struct db_rows *r, int row)
{
    const char *role = db_text(r, row, C_ROLE);

    jsonw_obj(w);
    api_ktext(w, "id", r, row, C_ID);
    api_ktext(w, "name", r, row, C_NAME);
    api_ktext(w, "description", r, row, C_DESCRIPTION);
    jsonw_kstr(w, "role", role ? role : "admin"); /* only administrators see projects they do not belong to */
    api_ktime(w, "created_at", r, row, C_CREATED);
    api_ktime(w, "archived_at", r, row, C_ARCHIVED);
    api_kint(w, "version", r, row, C_VERSION);
    jsonw_key(w, "storage");
    jsonw_obj(w);
    api_kint(w, "limit_bytes", r, row, C_LIMIT);
    api_kint(w, "used_bytes", r, row, C_USED);
    api_kint(w, "reserved_bytes", r, row, C_RESERVED);
    jsonw_obj_end(w);
    jsonw_ki64(w, "active_runs", db_i64(r, row, C_RUNNING) + db_i64(r, row, C_WAITING));
    jsonw_key(w, "runs");
    jsonw_obj(w);
    api_kint(w, "running", r, row, C_RUNNING);
    api_kint(w, "waiting", r, row, C_WAITING);
    api_kint(w, "failed_week", r, row, C_FAILED);
    api_kint(w, "finished_week", r, row, C_FINISHED);
    jsonw_obj_end(w);
    jsonw_obj_end(w);
}

static enum status project_reply(struct http_req *req, struct http_reply *ret, int code, const char *id,
                                 struct err *err)
{
    ROWS_AUTO r = NULL;
    struct jsonw w;
    enum status st = db_run(api_db(req), SQL_PROJECT_GET, &r, err, P_TEXT(id), P_TEXT(api_me(req)->account));

    if (st)
        return st;
    if (!db_count(r))
        return err_set(err, ST_NOTFOUND, "there is no such project");
    api_etag_version(req, ret, db_i64(r, 0, C_VERSION));
    api_json_begin(ret, code, &w);
    project_write(&w, r, 0);
    return api_json_end(ret, err);
}

enum status api_projects_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const allowed[] = { "limit", "cursor", "all", "archived", NULL };
    const struct principal *me = api_me(req);
    const char *only = *me->project ? me->project : NULL;
    ROWS_AUTO r = NULL;
    struct api_page page;
    bool all = false;
    bool archived = false;
    enum status st = http_query_only(req, allowed, err);

    if (!st)
        st = api_page_read(req, "prj", &page, err);
    if (!st)
        st = api_query_bool(req, "all", &all, err);
    if (!st)
        st = api_query_bool(req, "archived", &archived, err);
    if (st)
        return st;
    if (all && !me->admin)
        return err_field(err, ST_DENIED, "admin_only", "all", "only administrators can list every project");
    st = db_run(api_db(req), SQL_PROJECT_LIST, &r, err, P_TEXT(me->account), P_TEXT(page.after), P_I64(page.limit + 1),
                P_BOOL(all), P_BOOL(archived), P_TEXT(only));
    if (st)
        return st;
    return api_page_reply(ret, &page, r, C_ID, project_write, err);
}

enum status api_projects_create(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *name = NULL;
    const char *description = "";
    char id[ID_MAX];
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("description", JF_LINES, 0, DESCRIPTION_MAX_CHARS, &description),
    };
    enum status st = API_BODY(req, rows, err);

    if (st)
        return st;
    if (*api_me(req)->project)
        return err_field(err, ST_DENIED, "token_project", NULL,
                         "this token works on one project and cannot make others");
    id_new("prj", id);
    st = db_run(api_db(req), SQL_PROJECT_CREATE, NULL, err, P_TEXT(id), P_TEXT(name), P_TEXT(description),
                P_TEXT(api_me(req)->account), P_I64(g_conf->project_quota));
    if (st)
        return st;
    api_location(req, ret, "projects", id);
    return project_reply(req, ret, 201, id, err);
}

enum status api_projects_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    return project_reply(req, ret, 0, req->arg[0], err);
}

enum status api_projects_update(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *name = NULL;
    const char *description = NULL;
    bool archived = false;
    bool has_archived = false;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", 0, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("description", JF_LINES, 0, DESCRIPTION_MAX_CHARS, &description),
        { .name = "archived", .kind = JT_BOOL, .dest = &archived, .ret_present = &has_archived },
    };
    int64_t version = 0;
    ROWS_AUTO changed = NULL;
    enum status st = api_if_match(req, &version, err);

    if (!st)
        st = API_BODY(req, rows, err);
    if (!st)
        st = db_run(api_db(req), SQL_PROJECT_UPDATE, &changed, err, P_TEXT(req->arg[0]), P_I64(version), P_TEXT(name),
                    P_TEXT(description), has_archived ? P_BOOL(archived) : P_NULL, P_TEXT(api_me(req)->account));
    if (st)
        return st;
    if (!db_count(changed))
        return api_stale(err);
    return project_reply(req, ret, 0, req->arg[0], err);
}
