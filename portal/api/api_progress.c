/* GET /runs/:id/progress?points=: how a run has gone so far, for plots that grow while it runs.
 *
 * Source is progress.ndjson in the run folder, which the job writes: foreign text, so a line that is broken, too long
 * or without its newline is left out. The file may be very long; it is sampled at evenly spaced offsets, one line at
 * each, so the cost depends on `points` alone. Columns line up with `t`; a value that a line lacks is null.
 */
#include "run.h"

#include "../core/str.h"
#include "../model/json_in.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_B 4096 /* docs/contracts.md section 2 */
#define POINTS_DEF 500
#define POINTS_MAX 2000
#define VALUES_MAX 32
#define NAME_LEN   41

struct sample {
    double t, fraction, step, ns_per_day;
    const char *stage;
    double value[VALUES_MAX];
};

struct samples {
    struct sample *v;
    size_t n, cap;
    char name[VALUES_MAX][NAME_LEN];
    size_t n_names;
    const json_t *last; /* newest readable line */
    int64_t last_at;    /* where the newest sampled line begins */
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

static double number(const json_t *line, const char *key)
{
    const json_t *v = json_object_get(line, key);

    return json_is_number(v) ? json_number_value(v) : NAN;
}

/* The column of a value; names beyond the limit are left out. */
static int value_column(struct samples *s, const char *name)
{
    for (size_t i = 0; i < s->n_names; i++)
        if (str_eq(s->name[i], name))
            return (int)i;
    if (s->n_names == VALUES_MAX || !str_is_slug(name, NAME_LEN - 1))
        return -1;
    (void)str_fmt(s->name[s->n_names], NAME_LEN, "%s", name);
    return (int)s->n_names++;
}

static void sample_add(struct samples *s, struct http_req *req, const char *text, size_t len)
{
    json_t *line = NULL, *v;
    const char *key, *stage;
    struct sample *p;

    if (len > LINE_MAX_B || json_read(text, len, LINE_MAX_B, &line, NULL) != ST_OK)
        return;
    json_keep(line, req->arena);
    if (!json_is_object(line) || s->n == s->cap)
        return;
    p = &s->v[s->n++];
    p->t = number(line, "t");
    p->fraction = number(line, "fraction");
    p->step = number(line, "step");
    p->ns_per_day = number(line, "ns_per_day");
    stage = json_string_value(json_object_get(line, "stage"));
    p->stage = stage && str_is_slug(stage, 40) ? stage : NULL;
    for (size_t i = 0; i < VALUES_MAX; i++)
        p->value[i] = NAN;
    json_object_foreach(json_object_get(line, "values"), key, v)
    {
        int c = json_is_number(v) ? value_column(s, key) : -1;

        if (c >= 0)
            p->value[c] = json_number_value(v);
    }
    s->last = line;
}

static void samples_read(struct samples *s, struct http_req *req, int fd, int64_t size, int64_t points)
{
    char line[2 * LINE_MAX_B + 2];
    int64_t at, tail = size > 2 * LINE_MAX_B ? size - 2 * LINE_MAX_B : 0;
    size_t len;

    s->last_at = -1;
    for (int64_t k = 0; k < points; k++) {
        int64_t want = (int64_t)((long double)size * (long double)k / (long double)points);

        if (want <= s->last_at || !line_read(fd, want, line, sizeof line, &at, &len) || at <= s->last_at)
            continue;
        s->last_at = at;
        sample_add(s, req, line, len);
    }
    /* The newest lines, one by one, so that the end is never a sample old. */
    for (at = s->last_at > tail ? s->last_at + 1 : tail;
         s->n < s->cap && line_read(fd, at, line, sizeof line, &at, &len); at++) {
        if (at <= s->last_at)
            continue;
        s->last_at = at;
        sample_add(s, req, line, len);
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
        jsonw_str(w, s->v[i].stage);
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
    const json_t *stage;
    size_t i;

    jsonw_key(w, "stages");
    jsonw_arr(w);
    json_array_foreach(json_object_get(s->last, "stages"), i,
                       stage) if (json_is_string(stage) && str_is_slug(json_string_value(stage), 40))
        jsonw_str(w, json_string_value(stage));
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
        samples_read(&s, req, fd, size, points);
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
