/* GET /runs/:id/events?after=: what happened to a run, in order, for those who poll instead of listening.
 *
 * Pages go forward: `after` is the id of the last event the client has, `last_id` of the reply is the next `after`.
 * Progress events are left out unless ?progress=1, since a long run has very many; /progress gives them as series.
 */
#include "run.h"

#include "../core/str.h"

enum status api_run_events(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { "after", "limit", "progress", NULL };
    const char *progress = http_query(req, "progress");
    int64_t after, limit;
    ROWS_AUTO r = NULL;
    struct jsonw w;
    enum status st;
    int n;

    st = http_query_only(req, known, err);
    if (!st)
        st = http_query_i64(req, "after", 0, 0, INT64_MAX, &after, err);
    if (!st)
        st = http_query_i64(req, "limit", 100, 1, API_LIST_MAX, &limit, err);
    if (!st && progress && !str_eq(progress, "0") && !str_eq(progress, "1"))
        st = err_field(err, ST_INVALID, "bad_value", "progress", "progress is 0 or 1.");
    if (!st)
        st = db_run(api_db(req), SQL_RUN_EVENTS_AFTER, &r, err, P_TEXT(req->arg[0]), P_I64(after), P_I64(limit + 1),
                    P_BOOL(str_eq(progress, "1")));
    if (st)
        return st;
    n = db_count(r) > limit ? (int)limit : db_count(r);
    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_key(&w, "items");
    jsonw_arr(&w);
    for (int i = 0; i < n; i++)
        run_event_write(&w, r, i);
    jsonw_arr_end(&w);
    jsonw_ki64(&w, "last_id", n > 0 ? db_i64(r, n - 1, 0) : after);
    jsonw_kbool(&w, "more", db_count(r) > n);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}
