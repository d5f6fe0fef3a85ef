/* GET /runs and GET /runs.csv: which runs there are, as pages of JSON and as one table for spreadsheets.
 *
 * A page is one statement and one pass over its rows, no trees. The table has no end that memory could hold: it is
 * made while it is sent, a page of rows at a time, each from a connection opened for it, so that a slow reader holds
 * none; who reads is asked again with each page, by the statement itself.
 */
#include "catalogue.h"
#include "run.h"
#include "run_filter.h"

#include "../core/id.h"
#include "../core/log.h"
#include "../core/str.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 100000 /* counting further would take longer than it is worth */
#define CSV_ROWS  500
#define CSV_BYTES (8u << 20) /* of one page; names and messages have limits far below */

/* --- JSON ----------------------------------------------------------------------------------- */

static const char *template_title(const struct catalogue *c, const char *id)
{
    for (size_t i = 0; c && i < c->n; i++)
        if (str_eq(c->v[i].t->id, id))
            return c->v[i].t->title;
    return NULL;
}

static void page_row_write(struct jsonw *w, const struct catalogue *c, const struct db_rows *r, int i)
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
    jsonw_kstr(w, "template_title", template_title(c, db_text(r, i, PC_TEMPLATE)));
    api_ktext(w, "template_version", r, i, PC_TEMPLATE_VERSION);
    api_ktext(w, "structure", r, i, PC_STRUCTURE);
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
    api_ktime(w, "trashed_at", r, i, PC_TRASHED);
    jsonw_obj_end(w);
}

/* {"items", "next_cursor", "total", "total_exact"}: the last two null when nobody asked. */
static enum status page_reply(struct http_reply *ret, const struct api_page *page, const struct catalogue *c,
                              const struct db_rows *r, int64_t total, struct err *err)
{
    struct jsonw w;

    api_json_begin(ret, 0, &w);
    int n = api_page_begin(&w, page, r);
    for (int i = 0; i < n; i++)
        page_row_write(&w, c, r, i);
    jsonw_arr_end(&w);
    jsonw_kstr(&w, "next_cursor", db_count(r) > page->limit ? db_text(r, (int)page->limit - 1, PC_ID) : NULL);
    if (total < 0) {
        jsonw_knull(&w, "total");
        jsonw_knull(&w, "total_exact");
    } else {
        jsonw_ki64(&w, "total", total > COUNT_MAX ? COUNT_MAX : total);
        jsonw_kbool(&w, "total_exact", total <= COUNT_MAX);
    }
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status api_runs_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { RUN_FILTER_QUERY, "cursor", "limit", "count", NULL };
    const struct catalogue *c = NULL;
    struct run_filter f = { 0 };
    struct api_page page = { 0 };
    ROWS_AUTO r = NULL;
    int64_t total = -1;
    bool count = false;
    enum status st = http_query_only(req, known, err);

    if (!st)
        st = run_filter_read(req, &f, err);
    if (!st)
        st = api_page_read(req, "run", &page, err);
    if (!st)
        st = api_query_bool(req, "count", &count, err);
    if (!st)
        st = run_filter_page(api_db(req), &f, page.after, page.limit + 1, &r, err);
    if (!st && count)
        st = run_filter_count(api_db(req), &f, COUNT_MAX + 1, &total, err);
    if (st)
        return st;
    (void)catalogue_get(req, &c, NULL); /* titles are a courtesy */
    return page_reply(ret, &page, c, r, total, err);
}

/* --- CSV ------------------------------------------------------------------------------------ */

struct csv {
    struct arena *arena;
    struct run_filter f;
    char cursor[ID_MAX];
    struct buf out;
    size_t pos;
    bool end;
};

static const struct {
    const char *name;
    enum run_page_col col;
} csv_columns[] = {
    { "id", PC_ID },
    { "name", PC_NAME },
    { "state", PC_STATE },
    { "project", PC_PROJECT_NAME },
    { "launched_by", PC_LOGIN },
    { "template", PC_TEMPLATE },
    { "template_version", PC_TEMPLATE_VERSION },
    { "site", PC_SITE },
    { "attempt", PC_ATTEMPT },
    { "launched_at", PC_CREATED },
    { "started_at", PC_STARTED },
    { "ended_at", PC_ENDED },
    { "failure", PC_FAILURE },
    { "parent", PC_PARENT },
    { "project_id", PC_PROJECT },
    { "structure_id", PC_STRUCTURE },
};
#define CSV_COLUMNS (sizeof csv_columns / sizeof csv_columns[0])

/* RFC 4180. What a spreadsheet would take for a formula gets an apostrophe, which it shows as text. */
static void csv_cell(struct buf *b, const char *text)
{
    if (!text)
        return;
    buf_addc(b, '"');
    if (*text && strchr("=+-@\t\r", *text))
        buf_addc(b, '\'');
    for (; *text; text++) {
        if (*text == '"')
            buf_addc(b, '"');
        buf_addc(b, *text);
    }
    buf_addc(b, '"');
}

static void csv_rows(struct csv *c, const struct db_rows *r)
{
    for (int i = 0; i < db_count(r); i++) {
        for (size_t k = 0; k < CSV_COLUMNS; k++) {
            if (k)
                buf_addc(&c->out, ',');
            csv_cell(&c->out, db_text(r, i, (int)csv_columns[k].col));
        }
        buf_adds(&c->out, "\r\n");
    }
}

/* The next page into c->out. */
static enum status csv_fill(struct csv *c, struct err *err)
{
    struct db *db = NULL;
    ROWS_AUTO r = NULL;
    enum status st = db_open(DB_WEB, "athanor csv", &db, err);

    if (!st)
        st = run_filter_page(db, &c->f, c->cursor[0] ? c->cursor : NULL, CSV_ROWS, &r, err);
    db_close(db);
    if (st)
        return st;
    csv_rows(c, r);
    c->end = db_count(r) < CSV_ROWS;
    if (!c->end)
        (void)str_fmt(c->cursor, sizeof c->cursor, "%s", db_text(r, db_count(r) - 1, PC_ID));
    return buf_ok(&c->out) ? ST_OK : err_set(err, ST_TOOBIG, "a page of runs is too large");
}

static ssize_t csv_pull(void *ctx, char *out, size_t cap)
{
    struct csv *c = ctx;
    struct err err = { 0 };

    if (c->pos == c->out.len) {
        buf_reset(&c->out);
        c->pos = 0;
        if (!c->end && csv_fill(c, &err)) {
            log_err(LOG_WARN, "runs.csv", &err);
            return -1;
        }
    }
    size_t n = c->out.len - c->pos < cap ? c->out.len - c->pos : cap;
    if (n)
        memcpy(out, c->out.p + c->pos, n);
    c->pos += n;
    return (ssize_t)n;
}

static void csv_free(void *ctx)
{
    struct csv *c = ctx;

    buf_free(&c->out);
    arena_free(c->arena);
    free(c);
}

enum status api_runs_csv(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { RUN_FILTER_QUERY, NULL };
    struct run_filter f = { 0 };
    enum status st = http_query_only(req, known, err);

    if (!st)
        st = run_filter_read(req, &f, err);
    if (st)
        return st;
    struct csv *c = calloc(1, sizeof *c);
    if (!c || !(c->arena = arena_new(16384))) {
        free(c);
        return err_set(err, ST_FATAL, "There is not enough memory for a table.");
    }
    run_filter_copy(&f, c->arena, &c->f);
    buf_init(&c->out, CSV_BYTES);
    for (size_t k = 0; k < CSV_COLUMNS; k++)
        buf_printf(&c->out, "%s%s", k ? "," : "", csv_columns[k].name);
    buf_adds(&c->out, "\r\n");
    ret->kind = REPLY_PULL;
    ret->type = "text/csv; charset=utf-8; header=present";
    ret->pull = csv_pull;
    ret->pull_free = csv_free;
    ret->pull_ctx = c;
    http_reply_attachment(req, ret, "runs.csv");
    return ST_OK;
}
