/* Progress lines: lenient about content (a broken value is dropped), strict about size and form. */
#include "progress.h"

#include "json_in.h"

#include "../core/str.h"

#include <math.h>
#include <string.h>

static bool number_take(const json_t *o, const char *key, double lo, double hi, double *ret_v)
{
    const json_t *j = json_object_get(o, key);
    double v = json_number_value(j);

    if (!json_is_number(j) || !isfinite(v) || v < lo || v > hi)
        return false;
    *ret_v = v;
    return true;
}

static bool count_take(const json_t *o, const char *key, int64_t *ret_v)
{
    double v;

    if (!number_take(o, key, 0, 9e15, &v)) /* steps written as 1000.0 are fine */
        return false;
    *ret_v = (int64_t)v;
    return true;
}

/* A short plain name; false for anything else. */
static bool name_take(const char *s, char *out, size_t cap)
{
    size_t n = s ? strlen(s) : 0;

    if (n == 0 || n >= cap || strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != n)
        return false;
    memcpy(out, s, n + 1);
    return true;
}

static void lists_take(const json_t *doc, struct progress *p)
{
    const json_t *stages = json_object_get(doc, "stages");
    const char *key;
    json_t *v;

    for (size_t i = 0; i < json_array_size(stages) && p->n_stages < PROGRESS_STAGES_MAX; i++)
        if (name_take(json_string_value(json_array_get(stages, i)), p->stages[p->n_stages], sizeof *p->stages))
            p->n_stages++;
    json_object_foreach(json_object_get(doc, "values"), key, v)
    {
        if (p->n_values == PROGRESS_VALUES_MAX || !json_is_number(v) ||
            !name_take(key, p->values[p->n_values].name, sizeof p->values->name))
            continue;
        p->values[p->n_values++].value = json_number_value(v);
    }
}

enum status progress_read(const char *line, size_t n, struct progress *ret_p, struct err *err)
{
    json_auto_t *doc = NULL;
    struct progress p = { .has_t = false };
    enum status st = json_read(line, n, PROGRESS_LINE_MAX, &doc, err);

    if (st != ST_OK)
        return st;
    if (!json_is_object(doc))
        return err_field(err, ST_INVALID, "wrong_type", "/", "a progress line must be an object");
    p.has_t = number_take(doc, "t", 0, 1e11, &p.t);
    p.has_step = count_take(doc, "step", &p.step);
    p.has_steps = count_take(doc, "steps", &p.steps);
    p.has_fraction = number_take(doc, "fraction", 0, 1, &p.fraction);
    p.has_ns_per_day = number_take(doc, "ns_per_day", 0, 1e9, &p.ns_per_day);
    p.has_eta = number_take(doc, "eta_s", 0, 1e10, &p.eta_s);
    (void)name_take(json_string_value(json_object_get(doc, "stage")), p.stage, sizeof p.stage);
    lists_take(doc, &p);
    *ret_p = p;
    return ST_OK;
}

void progress_write(struct jsonw *w, const struct progress *p)
{
    jsonw_obj(w);
    if (p->has_t)
        jsonw_kdouble(w, "t", p->t);
    if (*p->stage)
        jsonw_kstr(w, "stage", p->stage);
    if (p->n_stages) {
        jsonw_key(w, "stages");
        jsonw_arr(w);
        for (unsigned i = 0; i < p->n_stages; i++)
            jsonw_str(w, p->stages[i]);
        jsonw_arr_end(w);
    }
    if (p->has_step)
        jsonw_ki64(w, "step", p->step);
    if (p->has_steps)
        jsonw_ki64(w, "steps", p->steps);
    if (p->has_fraction)
        jsonw_kdouble(w, "fraction", p->fraction);
    if (p->has_ns_per_day)
        jsonw_kdouble(w, "ns_per_day", p->ns_per_day);
    if (p->has_eta)
        jsonw_kdouble(w, "eta_s", p->eta_s);
    if (p->n_values) {
        jsonw_key(w, "values");
        jsonw_obj(w);
        for (unsigned i = 0; i < p->n_values; i++)
            jsonw_kdouble(w, p->values[i].name, p->values[i].value);
        jsonw_obj_end(w);
    }
    jsonw_obj_end(w);
}
