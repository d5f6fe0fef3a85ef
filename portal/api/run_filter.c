/* Filters of lists of runs.
 *
 * The list is the portal's hot path. Without filters it is a merge of the newest rows of each of my projects, each read
 * from the index run_by_project; filters, the administrators' view of everything, the other order and the trash have
 * statements of their own so that the plain page keeps its plan. A bound in time is a bound of ids, which begin with
 * the time they were made at. In the statements the far bound is a CASE, so that no plan starts from it: the walk from
 * the near one ends after a page, the other way round it would sort half the table.
 */
#include "run_filter.h"

#include "../core/clock.h"
#include "../core/id.h"
#include "../core/str.h"
#include "../model/run_state.h"

#include <string.h>

/* "running,pending" or "active"/"ended"; each word must be a state. */
static enum status state_read(struct http_req *req, const char *text, const char **ret_states, struct err *err)
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
static enum status pattern_read(struct http_req *req, const char *text, const char **ret_pattern, struct err *err)
{
    if (strlen(text) > 200 || !utf8_valid(text, strlen(text)))
        return err_field(err, ST_INVALID, "too_long", "q", "The search text may have at most 200 bytes of UTF-8.");
    *ret_pattern = *text ? api_like_pattern(req->arena, text) : NULL;
    return ST_OK;
}

/* since and until: RFC 3339, or the day alone (its first moment, UTC). */
static enum status time_read(struct http_req *req, const char *name, const char **ret_id, struct err *err)
{
    const char *text = http_query(req, name);
    char id[ID_MAX];
    int64_t us;

    if (!text || !*text)
        return ST_OK;
    if (!clock_parse_rfc3339(strlen(text) == 10 ? arena_printf(req->arena, "%sT00:00:00Z", text) : text, &us)) {
        err_field(err, ST_INVALID, "bad_time", name, "%s is not a time.", name);
        return err_hint(err, "Write it as 2026-11-20T19:14:19Z or 2026-11-20.");
    }
    id_first("run", us, id);
    *ret_id = arena_strdup(req->arena, id);
    return ST_OK;
}

/* Ids and names by their form. */
static enum status names_check(struct http_req *req, struct run_filter *f, struct err *err)
{
    if (f->project && !id_valid("prj", f->project))
        return err_field(err, ST_INVALID, "bad_id", "project", "This is not the id of a project.");
    if (f->structure && !id_valid("str", f->structure))
        return err_field(err, ST_INVALID, "bad_id", "structure", "This is not the id of a structure.");
    if (f->template && !str_is_slug(f->template, 64))
        return err_field(err, ST_INVALID, "bad_name", "template", "This is not the name of a template.");
    if (f->by && str_eq(f->by, "me"))
        f->by = api_me(req)->account;
    if (f->by && !id_valid("usr", f->by))
        return err_field(err, ST_INVALID, "bad_id", "account", "This is not the id of a person (or \"me\").");
    return ST_OK;
}

/* Whose projects: mine; administrators look at any one, or at all when they say so. A token bound to a project sees
 * that project alone, whatever it asks for. */
static enum status reach_read(struct http_req *req, struct run_filter *f, struct err *err)
{
    const struct principal *me = api_me(req);
    bool all = false;
    enum status st = api_query_bool(req, "all", &all, err);

    if (st)
        return st;
    if (all && !me->admin)
        return err_field(err, ST_DENIED, "admin_only", "all", "Only administrators see the runs of every project.");
    if (me->project[0] && f->project && !str_eq(f->project, me->project))
        return err_field(err, ST_DENIED, "token_project", "project", "This token works on another project.");
    if (me->project[0])
        f->project = me->project;
    f->account = me->admin && (all || f->project) ? NULL : me->account;
    return ST_OK;
}

enum status run_filter_read(struct http_req *req, struct run_filter *ret_f, struct err *err)
{
    struct run_filter f = { .project = http_query(req, "project"),
                            .template = http_query(req, "template"),
                            .structure = http_query(req, "structure"),
                            .by = http_query(req, "account") };
    const char *state = http_query(req, "state"), *q = http_query(req, "q"), *order = http_query(req, "order");
    enum status st = names_check(req, &f, err);

    if (!st && state && *state)
        st = state_read(req, state, &f.state, err);
    if (!st && q)
        st = pattern_read(req, q, &f.pattern, err);
    if (!st)
        st = time_read(req, "since", &f.above, err);
    if (!st)
        st = time_read(req, "until", &f.below, err);
    if (!st)
        st = api_query_bool(req, "trashed", &f.trashed, err);
    if (!st)
        st = reach_read(req, &f, err);
    if (!st && order && !str_eq(order, "newest") && !str_eq(order, "oldest"))
        st = err_field(err, ST_INVALID, "bad_value", "order", "order is newest or oldest.");
    f.oldest = str_eq(order, "oldest");
    if (!st && f.oldest && f.trashed)
        st = err_field(err, ST_INVALID, "bad_value", "order", "The trash is listed newest first.");
    *ret_f = f;
    return st;
}

void run_filter_copy(const struct run_filter *f, struct arena *a, struct run_filter *ret_f)
{
    *ret_f = *f;
    const char **strings[] = { &ret_f->account, &ret_f->project, &ret_f->state,     &ret_f->template, &ret_f->by,
                               &ret_f->pattern, &ret_f->above,   &ret_f->structure, &ret_f->below };
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        *strings[i] = arena_strdup(a, *strings[i]);
}

/* The narrower of two upper (lower) bounds; NULL is none. */
static const char *bound_low(const char *a, const char *b)
{
    return !a || (b && strcmp(a, b) < 0) ? b : a;
}
static const char *bound_high(const char *a, const char *b)
{
    return !a || (b && strcmp(a, b) > 0) ? b : a;
}

/* Does it keep every run of its projects, but for bounds in time? */
static bool filter_plain(const struct run_filter *f)
{
    return !f->trashed && !f->state && !f->template && !f->by && !f->pattern && !f->structure;
}

enum status run_filter_page(struct db *db, const struct run_filter *f, const char *cursor, int64_t rows,
                            struct db_rows **ret_r, struct err *err)
{
    const char *above = f->oldest ? bound_low(f->above, cursor) : f->above;
    const char *below = f->oldest ? f->below : bound_high(f->below, cursor);
    enum sql_id q = f->trashed ? SQL_RUN_PAGE_TRASHED : f->oldest ? SQL_RUN_PAGE_OLDEST : SQL_RUN_PAGE_FILTER;

    if (!f->account && q == SQL_RUN_PAGE_FILTER)
        return db_run(db, SQL_RUN_PAGE_ALL, ret_r, err, P_TEXT(f->project), P_TEXT(below), P_I64(rows),
                      P_TEXT(f->state), P_TEXT(f->template), P_TEXT(f->by), P_TEXT(f->pattern), P_TEXT(above),
                      P_TEXT(f->structure));
    if (q == SQL_RUN_PAGE_FILTER && filter_plain(f) && !f->above)
        return db_run(db, SQL_RUN_PAGE, ret_r, err, P_TEXT(f->account), P_TEXT(f->project), P_TEXT(below), P_I64(rows));
    return db_run(db, q, ret_r, err, P_TEXT(f->account), P_TEXT(f->project), P_TEXT(below), P_I64(rows),
                  P_TEXT(f->state), P_TEXT(f->template), P_TEXT(f->by), P_TEXT(f->pattern), P_TEXT(above),
                  P_TEXT(f->structure));
}

enum status run_filter_count(struct db *db, const struct run_filter *f, int64_t max, int64_t *ret_n, struct err *err)
{
    ROWS_AUTO r = NULL;
    enum status st;

    if (filter_plain(f) && !f->above && !f->below)
        st = db_run(db, SQL_RUN_COUNT_PLAIN, &r, err, P_TEXT(f->account), P_TEXT(f->project), P_I64(max));
    else
        st = db_run(db, SQL_RUN_COUNT, &r, err, P_TEXT(f->account), P_TEXT(f->project), P_TEXT(f->below), P_I64(max),
                    P_TEXT(f->state), P_TEXT(f->template), P_TEXT(f->by), P_TEXT(f->pattern), P_TEXT(f->above),
                    P_TEXT(f->structure), P_BOOL(f->trashed));
    if (!st)
        *ret_n = db_i64(r, 0, 0);
    return st;
}
