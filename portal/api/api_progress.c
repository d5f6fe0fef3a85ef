/* GET /runs/:id/progress?points=: how a run has gone so far, for plots that grow while it runs.
 *
 * Source is progress.ndjson in the run folder, which the job writes: foreign text, so a line that is broken, too long
 * or without its newline is left out. The file may be very long; it is sampled at evenly spaced offsets, one line at
 * each, so the cost depends on `points` alone. Columns line up with `t`; a value that a line lacks is null.
 */
#include "run.h"

#include "../core/str.h"
#include "../model/progress.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define POINTS_DEF 500
#define POINTS_MAX 2000
#define VALUES_MAX PROGRESS_VALUES_MAX
#define NAME_LEN   64

struct sample {
    double t, fraction, step, ns_per_day;
    char stage[NAME_LEN];
    double value[VALUES_MAX];
};

struct samples {
    struct sample *v;
    size_t n, cap;
    char name[VALUES_MAX][NAME_LEN];
    size_t n_names;
    struct progress last; /* newest readable line */
    int64_t last_at;      /* where the newest sampled line begins */
};

/* The first whole line that begins at or after `at`. false: there is none. */
static bool line_read(int fd, int64_t at, char *buf, size_t cap, int64_t *ret_at, size_t *ret_len)
{
    int64_t from = at > 0 ? at - 1 : 0;
    ssize_t n;
    char *start = buf, *end;

    do
        n = pread(fd, buf, cap, (off_t)from);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    if (at > 0) {
        start = memchr(buf, '\n', (size_t)n);
        if (!start)
            return false;
        start++;
    }
    end = memchr(start, '\n', (size_t)(buf + n - start));
    if (!end)
        return false;
    *ret_at = from + (start - buf);
    *ret_len = (size_t)(end - start);
    memmove(buf, start, *ret_len);
    return true;
}

/* The column of a value; names beyond the limit are left out. */
static int value_column(struct samples *s, const char *name)
{
    for (size_t i = 0; i < s->n_names; i++)
        if (str_eq(s->name[i], name))
            return (int)i;
    if (s->n_names == VALUES_MAX)
        return -1;
    (void)str_fmt(s->name[s->n_names], NAME_LEN, "%s", name);
    return (int)s->n_names++;
}

static void sample_add(struct samples *s, const char *text, size_t len)
{
    struct progress p;
    struct sample *v;

    if (s->n == s->cap || progress_read(text, len, &p, NULL) != ST_OK)
        return;
    s->last = p;
    v = &s->v[s->n++];
    v->t = p.has_t ? p.t : NAN;
    v->fraction = p.has_fraction ? p.fraction : NAN;
    v->step = p.has_step ? (double)p.step : NAN;
    v->ns_per_day = p.has_ns_per_day ? p.ns_per_day : NAN;
    (void)str_fmt(v->stage, sizeof v->stage, "%s", p.stage);
    for (size_t i = 0; i < VALUES_MAX; i++)
        v->value[i] = NAN;
    for (size_t i = 0; i < p.n_values; i++) {
        int c = value_column(s, p.values[i].name);

        if (c >= 0)
            v->value[c] = p.values[i].value;
    }
}

static void samples_read(struct samples *s, int fd, int64_t size, int64_t points)
{
    char line[2 * PROGRESS_LINE_MAX + 2];
    int64_t at, tail = size > 2 * PROGRESS_LINE_MAX ? size - 2 * PROGRESS_LINE_MAX : 0;
    size_t len;

    s->last_at = -1;
    for (int64_t k = 0; k < points; k++) {
        int64_t want = (int64_t)((long double)size * (long double)k / (long double)points);

        if (want <= s->last_at || !line_read(fd, want, line, sizeof line, &at, &len) || at <= s->last_at)
            continue;
        s->last_at = at;
        sample_add(s, line, len);
    }
    /* The newest lines, one by one, so that the end is never a sample old. */
    for (at = s->last_at > tail ? s->last_at + 1 : tail;
         s->n < s->cap && line_read(fd, at, line, sizeof line, &at, &len); at++) {
        if (at <= s->last_at)
            continue;
        s->last_at = at;
        sample_add(s, line, len);
    }
}

static void column_write(struct jsonw *w, const char *key, const struct samples *s, size_t offset)
{
    jsonw_key(w, key);
    jsonw_arr(w);
    for (size_t i = 0; i < s->n; i++) {
        double v;

        memcpy(&v, (const char *)&s->v[i] + offset, sizeof v);
        jsonw_double(w, v); /* nan becomes null */
    }
    jsonw_arr_end(w);
}

static void samples_write(struct jsonw *w, const struct samples *s)
{
    jsonw_key(w, "series");
    jsonw_obj(w);
    column_write(w, "t", s, offsetof(struct sample, t));
    column_write(w, "fraction", s, offsetof(struct sample, fraction));
    column_write(w, "step", s, offsetof(struct sample, step));
    column_write(w, "ns_per_day", s, offsetof(struct sample, ns_per_day));
    jsonw_key(w, "stage");
    jsonw_arr(w);
    for (size_t i = 0; i < s->n; i++)
        jsonw_str(w, s->v[i].stage[0] ? s->v[i].stage : NULL);
    jsonw_arr_end(w);
    jsonw_key(w, "values");
    jsonw_obj(w);
    for (size_t c = 0; c < s->n_names; c++)
        column_write(w, s->name[c], s, offsetof(struct sample, value) + c * sizeof(double));
    jsonw_obj_end(w);
    jsonw_obj_end(w);
}

static void stages_write(struct jsonw *w, const struct samples *s)
{
    jsonw_key(w, "stages");
    jsonw_arr(w);
    for (unsigned i = 0; i < s->last.n_stages; i++)
        jsonw_str(w, s->last.stages[i]);
    jsonw_arr_end(w);
}

enum status api_run_progress(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { "points", NULL };
    struct samples s = { 0 };
    ROWS_AUTO r = NULL;
    struct run_head h;
    int64_t points, size;
    struct jsonw w;
    enum status st;
    int fd;

    st = http_query_only(req, known, err);
    if (!st)
        st = http_query_i64(req, "points", POINTS_DEF, 2, POINTS_MAX, &points, err);
    if (!st)
        st = run_head_read(req, &h, err);
    if (!st)
        st = db_run(api_db(req), SQL_RUN_PROGRESS, &r, err, P_TEXT(h.id));
    if (st)
        return st;
    s.cap = (size_t)points + 64;
    s.v = arena_alloc(req->arena, s.cap * sizeof *s.v);
    if (!s.v)
        return err_set(err, ST_TOOBIG, "This is too many points for one reply; ask for fewer.");
    st = run_file_open(&h, "progress.ndjson", &fd, &size, err);
    if (st == ST_OK) {
        samples_read(&s, fd, size, points);
        close(fd);
    } else if (st != ST_NOTFOUND) {
        return st;
    } else {
        err_clear(err);
    }

    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_kstr(&w, "run", h.id);
    jsonw_kstr(&w, "state", h.state);
    api_kint(&w, "attempt", r, 0, 0);
    api_kjson(&w, "latest", r, 0, 1);
    api_ktime(&w, "unknown_since", r, 0, 2);
    api_ktime(&w, "as_of", r, 0, 3);
    stages_write(&w, &s);
    samples_write(&w, &s);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}
