/* GET /runs: pages of runs.
 *
 * The list is the portal's hot path: one statement, one pass over its rows, no trees. Without filters it is a merge of
 * the newest rows of each of my projects, each read from the index run_by_project; filters and the administrators' view
 * of everything have statements of their own so that the plain page keeps its plan.
 */
#include "run.h"

#include "../core/id.h"
#include "../core/str.h"
#include "../model/run_state.h"

#include <string.h>

/* Columns shared by run_page, run_page_filter and run_page_all. */
enum page_col {
    PC_ID,
    PC_PROJECT,
    PC_PROJECT_NAME,
    PC_ACCOUNT,
    PC_LOGIN,
    PC_NAME,
    PC_TEMPLATE,
    PC_TEMPLATE_VERSION,
    PC_SITE,
    PC_STATE,
    PC_ATTEMPT,
    PC_REASON,
    PC_CREATED,
    PC_STARTED,
    PC_ENDED,
    PC_UNKNOWN,
    PC_PROGRESS,
    PC_FAILURE,
    PC_PARENT,
    PC_CANCEL,
    PC_HOLD,
    PC_START_ESTIMATE,
};

static void page_row_write(struct jsonw *w, const struct db_rows *r, int i)
{
    jsonw_obj(w);
    api_ktext(w, "id", r, i, PC_ID);
    api_ktext(w, "name", r, i, PC_NAME);
    api_ktext(w, "state", r, i, PC_STATE);
    api_kint(w, "attempt", r, i, PC_ATTEMPT);
    api_ktext(w, "project", r, i, PC_PROJECT);
    api_ktext(w, "project_name", r, i, PC_PROJECT_NAME);
    api_ktext(w, "account", r, i, PC_ACCOUNT);
    api_ktext(w, "login", r, i, PC_LOGIN);
    api_ktext(w, "template", r, i, PC_TEMPLATE);
    api_ktext(w, "template_version", r, i, PC_TEMPLATE_VERSION);
    api_ktext(w, "site", r, i, PC_SITE);
    api_ktext(w, "parent", r, i, PC_PARENT);
    run_reason_write(w, db_text(r, i, PC_REASON));
    api_ktime(w, "start_estimate", r, i, PC_START_ESTIMATE);
    api_kjson(w, "progress", r, i, PC_PROGRESS);
    api_ktext(w, "failure", r, i, PC_FAILURE);
    jsonw_kbool(w, "cancel_requested", db_bool(r, i, PC_CANCEL));
    jsonw_kbool(w, "hold_requested", db_bool(r, i, PC_HOLD));
    api_ktime(w, "created_at", r, i, PC_CREATED);
    api_ktime(w, "started_at", r, i, PC_STARTED);
    api_ktime(w, "ended_at", r, i, PC_ENDED);
    api_ktime(w, "unknown_since", r, i, PC_UNKNOWN);
    jsonw_obj_end(w);
}

/* --- the list ------------------------------------------------------------------- */

struct list_filter {
    const char *project, *state, *template, *account, *pattern;
    bool any; /* one besides project */
};

/* "running,pending" or "active"/"ended"; each word must be a state. */
static enum status filter_state_read(struct http_req *req, const char *text, const char **ret_states, struct err *err)
{
    char *copy = arena_strdup(req->arena, text), *save = NULL;

    *ret_states = text;
    if (str_eq(text, "active")) {
        *ret_states = "queued,held,submitting,pending,running,collecting";
        return ST_OK;
    }
    if (str_eq(text, "ended")) {
        *ret_states = "finished,failed,cancelled";
        return ST_OK;
    }
    for (const char *s = strtok_r(copy, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
        enum run_state state;

        if (!run_state_parse(s, &state)) {
            err_field(err, ST_INVALID, "unknown_state", "state", "\"%.40s\" is not a state of a run.", s);
            return err_hint(err,
                            "States are queued, held, submitting, pending, running, collecting, finished, failed and "
                            "cancelled; \"active\" and \"ended\" name groups of them.");
        }
    }
    return ST_OK;
}

/* Text to search for -> ILIKE pattern in which it stands for itself. */
static const char *like_pattern(struct http_req *req, const char *text)
{
    char *out = arena_alloc(req->arena, 2 * strlen(text) + 3), *o = out;

    *o++ = '%';
    for (; *text; text++) {
        if (strchr("%_\\", *text))
            *o++ = '\\';
        *o++ = *text;
    }
    *o++ = '%';
    return out;
}

static enum status filter_read(struct http_req *req, struct list_filter *ret_f, struct err *err)
{
    static const char *const known[] = {
        "project", "state", "template", "q", "account", "cursor", "limit", "all", NULL
    };
    struct list_filter f = { .project = http_query(req, "project"),
                             .template = http_query(req, "template"),
                             .account = http_query(req, "account") };
    const char *state = http_query(req, "state"), *q = http_query(req, "q");
    enum status st;

    st = http_query_only(req, known, err);
    if (st)
        return st;
    if (f.project && !id_valid("prj", f.project))
        return err_field(err, ST_INVALID, "bad_id", "project", "This is not the id of a project.");
    if (f.template && !str_is_slug(f.template, 64))
        return err_field(err, ST_INVALID, "bad_name", "template", "This is not the name of a template.");
    if (f.account && str_eq(f.account, "me"))
        f.account = api_me(req)->account;
    if (f.account && !id_valid("usr", f.account))
        return err_field(err, ST_INVALID, "bad_id", "account", "This is not the id of a person (or \"me\").");
    if (q && (strlen(q) > 200 || !utf8_valid(q, strlen(q))))
        return err_field(err, ST_INVALID, "too_long", "q", "The search text may have at most 200 bytes of UTF-8.");
    if (state && *state) {
        st = filter_state_read(req, state, &f.state, err);
        if (st)
            return st;
    }
    if (q && *q)
        f.pattern = like_pattern(req, q);
    f.any = f.state || f.template || f.account || f.pattern;
    /* A token bound to a project sees that project alone, whatever it asks for. */
    if (api_me(req)->project[0]) {
        if (f.project && !str_eq(f.project, api_me(req)->project))
            return err_field(err, ST_DENIED, "token_project", "project", "This token works on another project.");
        f.project = api_me(req)->project;
    }
    *ret_f = f;
    return ST_OK;
}

enum status api_runs_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct list_filter f = { 0 };
    struct api_page page = { 0 };
    ROWS_AUTO r = NULL;
    const char *all = http_query(req, "all");
    bool everything;
    enum status st;

    st = filter_read(req, &f, err);
    if (!st)
        st = api_page_read(req, "run", &page, err);
    if (st)
        return st;
    if (all && !str_eq(all, "true") && !str_eq(all, "1") && !str_eq(all, "false") && !str_eq(all, "0"))
        return err_field(err, ST_INVALID, "bad_value", "all", "all is true or false.");
    everything = str_eq(all, "true") || str_eq(all, "1");
    if (everything && !api_me(req)->admin)
        return err_field(err, ST_DENIED, "admin_only", "all", "Only administrators see the runs of every project.");

    if (api_me(req)->admin && (everything || f.project))
        st = db_run(api_db(req), SQL_RUN_PAGE_ALL, &r, err, P_TEXT(f.project), P_TEXT(page.after),
                    P_I64(page.limit + 1), P_TEXT(f.state), P_TEXT(f.template), P_TEXT(f.account), P_TEXT(f.pattern));
    else if (f.any)
        st = db_run(api_db(req), SQL_RUN_PAGE_FILTER, &r, err, P_TEXT(api_me(req)->account), P_TEXT(f.project),
                    P_TEXT(page.after), P_I64(page.limit + 1), P_TEXT(f.state), P_TEXT(f.template), P_TEXT(f.account),
                    P_TEXT(f.pattern));
    else
        st = db_run(api_db(req), SQL_RUN_PAGE, &r, err, P_TEXT(api_me(req)->account), P_TEXT(f.project),
                    P_TEXT(page.after), P_I64(page.limit + 1));
    if (st)
        return st;

    return api_page_reply(ret, &page, r, PC_ID, page_row_write, err);
}
