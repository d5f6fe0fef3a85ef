/* GET /runs/:id/results: the result document of a finished run, as helper-inspect normalised it.
 *
 * The document is passed through as the database holds it; its hash is the ETag, and since a result is written once it
 * may be kept by browsers.
 */
#include "run.h"

enum status api_run_results(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO r = NULL;
    struct run_head h;
    struct jsonw w;
    enum status st;

    st = run_head_read(req, &h, err);
    if (!st)
        st = db_run(api_db(req), SQL_RUN_RESULT_GET, &r, err, P_TEXT(h.id));
    if (st)
        return st;
    if (db_count(r) == 0) {
        err_field(err, ST_NOTFOUND, h.ended ? "no_results" : "no_results_yet", NULL, "The run %s and has no results%s.",
                  run_state_text(h.state), h.ended ? "" : " yet");
        return err_hint(err, h.ended ? "Its logs and files may tell more." : "Its progress is at /progress.");
    }
    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_kstr(&w, "run", h.id);
    jsonw_kstr(&w, "name", h.name);
    jsonw_kstr(&w, "state", h.state);
    api_ktext(&w, "sha256", r, 0, 1);
    api_ktime(&w, "collected_at", r, 0, 2);
    api_kjson(&w, "results", r, 0, 0);
    jsonw_obj_end(&w);
    /* Name and state are part of the reply: the hash of the document alone would hide a rename. */
    ret->etag = arena_printf(req->arena, "%.32s-%llx", db_text(r, 0, 1),
                             (unsigned long long)run_digest(ret->body.p, ret->body.len));
    return api_json_end(ret, err);
}
