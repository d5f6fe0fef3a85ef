/* GET /runs/:id/series/:name?points=&from=&to=&format=json|csv|binary: one series of the results.
 *
 * The file is little-endian float64 pairs x,y. A window [from, to] of x is cut out and, when it holds more than
 * `points` pairs, decimated by minimum and maximum of each bucket, so peaks survive at every zoom. Two passes over the
 * file in pieces: memory is bounded by `points`, not by the file.
 */
#include "run.h"

#include "../core/num.h"
#include "../core/str.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define POINTS_DEF 2000
#define POINTS_MAX 100000
#define FILE_MAX   (256 << 20) /* a longer series would hold an executor for seconds */
#define CHUNK      4096        /* pairs read at a time */

struct pair {
    double x, y;
};

struct window {
    double from, to;
    int64_t points;
};

struct series {
    struct pair *v;
    size_t n;
    uint64_t total; /* pairs in the window before decimation */
};

/* Called for each pair of the window, k counts them from 0. */
typedef void pair_fn(void *ctx, uint64_t k, struct pair p);

static enum status pairs_walk(int fd, int64_t size, const struct window *win, pair_fn *fn, void *ctx, struct err *err)
{
    struct pair chunk[CHUNK];
    uint64_t k = 0;

    for (int64_t at = 0; at + (int64_t)sizeof(struct pair) <= size;) {
        ssize_t n = pread(fd, chunk, sizeof chunk, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, errno, "The series cannot be read");
        n -= n % (ssize_t)sizeof(struct pair);
        if (n == 0)
            break;
        for (size_t i = 0; i < (size_t)n / sizeof(struct pair); i++)
            if (chunk[i].x >= win->from && chunk[i].x <= win->to)
                fn(ctx, k++, chunk[i]);
        at += n;
    }
    return ST_OK;
}

static void count_pair(void *ctx, uint64_t k, struct pair p)
{
    (void)p;
    *(uint64_t *)ctx = k + 1;
}

/* Buckets of equal numbers of pairs; each gives its minimum and maximum in the order they came. */
struct decimate {
    struct series *out;
    uint64_t buckets; /* 0: keep all */
    uint64_t bucket;  /* the one being filled */
    struct pair low, high;
    uint64_t k_low, k_high;
    bool filled;
};

static void bucket_flush(struct decimate *d)
{
    struct series *s = d->out;

    if (!d->filled)
        return;
    if (d->k_low == d->k_high) {
        s->v[s->n++] = d->low;
    } else {
        s->v[s->n++] = d->k_low < d->k_high ? d->low : d->high;
        s->v[s->n++] = d->k_low < d->k_high ? d->high : d->low;
    }
    d->filled = false;
}

static void decimate_pair(void *ctx, uint64_t k, struct pair p)
{
    struct decimate *d = ctx;
    uint64_t bucket;

    if (k >= d->out->total)
        return; /* the file grew between the passes */
    if (d->buckets == 0) {
        d->out->v[d->out->n++] = p;
        return;
    }
    bucket = (uint64_t)((long double)k * (long double)d->buckets / (long double)d->out->total);
    if (d->filled && bucket != d->bucket)
        bucket_flush(d);
    if (!d->filled) {
        d->low = d->high = p;
        d->k_low = d->k_high = k;
        d->bucket = bucket;
        d->filled = true;
        return;
    }
    /* A comparison with nan is false, so a nan never hides a number; one alone in its bucket is shown as a gap. */
    if (p.y < d->low.y || isnan(d->low.y)) {
        d->low = p;
        d->k_low = k;
    }
    if (p.y > d->high.y || isnan(d->high.y)) {
        d->high = p;
        d->k_high = k;
    }
}

static enum status series_read(struct http_req *req, int fd, int64_t size, const struct window *win,
                               struct series *ret_s, struct err *err)
{
    struct series s = { 0 };
    struct decimate d = { .out = &s };
    size_t room;
    enum status st;

    if (size > FILE_MAX) {
        err_field(err, ST_TOOBIG, "series_too_long", NULL, "The series has more than %d points.",
                  FILE_MAX / (int)sizeof(struct pair));
        return err_hint(err, "Download its file under /files/results instead.");
    }
    st = pairs_walk(fd, size, win, count_pair, &s.total, err);
    if (st)
        return st;
    room = s.total > (uint64_t)win->points ? (size_t)win->points : (size_t)s.total;
    d.buckets = s.total > (uint64_t)win->points ? (uint64_t)win->points / 2 : 0;
    s.v = arena_alloc(req->arena, (room + 1) * sizeof *s.v);
    if (!s.v)
        return err_set(err, ST_TOOBIG, "This is too many points for one reply; ask for fewer.");
    st = pairs_walk(fd, size, win, decimate_pair, &d, err);
    if (st)
        return st;
    bucket_flush(&d);
    *ret_s = s;
    return ST_OK;
}

/* --- replies ---------------------------------------------------------------------- */

static void axis_write(struct jsonw *w, const json_t *item, const char *key)
{
    const json_t *axis = json_object_get(item, key);

    jsonw_key(w, key);
    jsonw_obj(w);
    jsonw_kstr(w, "label", json_string_value(json_object_get(axis, "label")));
    jsonw_kstr(w, "unit", json_string_value(json_object_get(axis, "unit")));
    jsonw_obj_end(w);
}

static enum status json_reply(struct http_reply *ret, const json_t *item, const struct series *s, struct err *err)
{
    struct jsonw w;

    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_kstr(&w, "name", json_string_value(json_object_get(item, "name")));
    jsonw_kstr(&w, "label", json_string_value(json_object_get(item, "label")));
    jsonw_kstr(&w, "stage", json_string_value(json_object_get(item, "stage")));
    axis_write(&w, item, "x");
    axis_write(&w, item, "y");
    jsonw_key(&w, "total");
    jsonw_u64(&w, s->total);
    jsonw_kbool(&w, "decimated", s->n < s->total);
    /* Columns, as plotting libraries take them. */
    jsonw_key(&w, "data");
    jsonw_obj(&w);
    jsonw_key(&w, "x");
    jsonw_arr(&w);
    for (size_t i = 0; i < s->n; i++)
        jsonw_double(&w, s->v[i].x);
    jsonw_arr_end(&w);
    jsonw_key(&w, "y");
    jsonw_arr(&w);
    for (size_t i = 0; i < s->n; i++)
        jsonw_double(&w, s->v[i].y);
    jsonw_arr_end(&w);
    jsonw_obj_end(&w);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

/* One heading as a quoted field (RFC 4180). A spreadsheet takes what begins like a formula for one, quoted or not; the
 * label is the job's, so an apostrophe makes it text. */
static void csv_heading(struct buf *b, const json_t *item, const char *key)
{
    const json_t *axis = json_object_get(item, key);
    const char *label = json_string_value(json_object_get(axis, "label"));
    const char *unit = json_string_value(json_object_get(axis, "unit"));

    if (!label)
        label = key;
    buf_addc(b, '"');
    if (*label && strchr("=+-@\t\r", *label))
        buf_addc(b, '\'');
    for (const char *p = label; *p; p++) {
        if (*p == '"')
            buf_addc(b, '"');
        buf_addc(b, *p);
    }
    if (unit && *unit && !strchr(unit, '"'))
        buf_printf(b, " (%s)", unit);
    buf_addc(b, '"');
}

static enum status csv_reply(struct http_req *req, struct http_reply *ret, const json_t *item, const struct series *s,
                             struct err *err)
{
    char x[32], y[32];

    buf_init(&ret->body, API_REPLY_MAX);
    csv_heading(&ret->body, item, "x");
    buf_addc(&ret->body, ',');
    csv_heading(&ret->body, item, "y");
    buf_adds(&ret->body, "\r\n");
    for (size_t i = 0; i < s->n; i++) {
        num_fmt_double(s->v[i].x, x, sizeof x);
        num_fmt_double(s->v[i].y, y, sizeof y);
        buf_printf(&ret->body, "%s,%s\r\n", x, isfinite(s->v[i].y) ? y : "");
    }
    ret->type = "text/csv; charset=utf-8";
    http_reply_attachment(req, ret, arena_printf(req->arena, "%s.csv", req->arg[1]));
    return api_json_end(ret, err);
}

static enum status binary_reply(struct http_req *req, struct http_reply *ret, const struct series *s, struct err *err)
{
    buf_init(&ret->body, API_REPLY_MAX);
    buf_add(&ret->body, s->v, s->n * sizeof *s->v);
    ret->type = "application/octet-stream";
    http_reply_header(ret, "X-Points", arena_printf(req->arena, "%zu", s->n));
    http_reply_header(ret, "X-Total", arena_printf(req->arena, "%llu", (unsigned long long)s->total));
    return api_json_end(ret, err);
}

static enum status window_read(struct http_req *req, struct window *ret_w, struct err *err)
{
    static const char *const known[] = { "points", "from", "to", "format", NULL };
    struct window w = { .from = -INFINITY, .to = INFINITY };
    const char *from = http_query(req, "from"), *to = http_query(req, "to");
    enum status st;

    st = http_query_only(req, known, err);
    if (!st)
        st = http_query_i64(req, "points", POINTS_DEF, 2, POINTS_MAX, &w.points, err);
    if (st)
        return st;
    if (from && !num_double(from, -1e300, 1e300, &w.from))
        return err_field(err, ST_INVALID, "bad_number", "from", "from is not a number.");
    if (to && !num_double(to, -1e300, 1e300, &w.to))
        return err_field(err, ST_INVALID, "bad_number", "to", "to is not a number.");
    if (w.from > w.to)
        return err_field(err, ST_INVALID, "empty_window", "from", "from is larger than to.");
    *ret_w = w;
    return ST_OK;
}

enum status api_run_series(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *format = http_query(req, "format"), *text, *sha, *file;
    struct window win = { 0 };
    struct series s = { 0 };
    struct run_head h;
    json_t *item = NULL;
    enum status st;
    int64_t size;
    int fd;

    if (!format)
        format = "json";
    if (!str_eq(format, "json") && !str_eq(format, "csv") && !str_eq(format, "binary"))
        return err_field(err, ST_INVALID, "bad_value", "format", "format is json, csv or binary.");
    st = window_read(req, &win, err);
    if (!st)
        st = run_head_read(req, &h, err);
    if (!st)
        st = run_result_item(req, "series", req->arg[1], &text, &sha, err);
    if (!st)
        st = run_item_parse(req, text, &item, err);
    if (st)
        return st;
    file = json_string_value(json_object_get(item, "file"));
    st = run_file_open(&h, arena_printf(req->arena, "results/%s", file ? file : ""), &fd, &size, err);
    if (st)
        return st;
    st = series_read(req, fd, size, &win, &s, err);
    close(fd);
    if (st)
        return st;
    if (h.ended)
        ret->etag =
            run_part_etag(req, sha, "%s %lld %a %a %s", req->arg[1], (long long)win.points, win.from, win.to, format);
    if (str_eq(format, "csv"))
        return csv_reply(req, ret, item, &s, err);
    if (str_eq(format, "binary"))
        return binary_reply(req, ret, &s, err);
    return json_reply(ret, item, &s, err);
}
