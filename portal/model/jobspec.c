/* The jobspec: written once at submission, read by workers for each attempt. */
#include "jobspec.h"

#include "json_in.h"
#include "template_read.h"

#include "../core/num.h"
#include "../core/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { JOBSPEC_VERSION = 1, MODULES_MAX = 32, VALUE_MAX = 256 };

static void structure_write(struct jsonw *w, const struct jobspec *js)
{
    jsonw_key(w, "structure");
    if (!js->structure_id) {
        jsonw_null(w);
        return;
    }
    jsonw_obj(w);
    jsonw_kstr(w, "id", js->structure_id);
    jsonw_kstr(w, "sha256", js->sha256);
    jsonw_kstr(w, "format", js->format);
    jsonw_kstr(w, "name", js->structure_name);
    jsonw_obj_end(w);
}

/* What the person set, in the template's order; unknown names never get here (param_resolve refuses them). */
static void params_write(struct jsonw *w, const json_t *params, const struct param_set *set)
{
    jsonw_key(w, "params");
    jsonw_obj(w);
    for (size_t i = 0; i < set->t->n_params; i++) {
        const json_t *v = json_object_get(params, set->t->params[i].name);
        if (!v)
            continue;
        jsonw_key(w, set->t->params[i].name);
        if (json_is_string(v))
            jsonw_str(w, json_string_value(v));
        else if (json_is_boolean(v))
            jsonw_bool(w, json_is_true(v));
        else
            jsonw_double(w, json_number_value(v));
    }
    jsonw_obj_end(w);
}

void jobspec_write(struct jsonw *w, const struct jobspec *js, const struct param_set *set)
{
    jsonw_obj(w);
    jsonw_ki64(w, "version", JOBSPEC_VERSION);
    jsonw_key(w, "template");
    jsonw_obj(w);
    jsonw_kstr(w, "id", set->t->id);
    jsonw_kstr(w, "version", set->t->version);
    jsonw_obj_end(w);
    structure_write(w, js);
    params_write(w, js->params, set);
    jsonw_key(w, "resolved");
    param_values_write(w, set);
    jsonw_key(w, "derived");
    param_derived_write(w, set);
    jsonw_key(w, "resources");
    param_resources_write(w, &set->res);
    jsonw_key(w, "modules");
    jsonw_arr(w);
    for (size_t i = 0; i < js->n_modules; i++)
        jsonw_str(w, js->modules[i]);
    jsonw_arr_end(w);
    jsonw_key(w, "estimate");
    param_estimate_write(w, set);
    jsonw_kstr(w, "preset", js->preset);
    jsonw_obj_end(w);
}

static enum status structure_read(const json_t *doc, struct jobspec *js, struct err *err)
{
    const struct json_row rows[] = {
        JSON_ROW_STR("id", JF_REQUIRED, 1, 40, &js->structure_id),
        JSON_ROW_STR("sha256", JF_REQUIRED, 64, 64, &js->sha256),
        JSON_ROW_STR("format", JF_REQUIRED, 1, 20, &js->format),
        JSON_ROW_STR("name", JF_REQUIRED | JF_ANY, 0, 1024, &js->structure_name),
    };

    return doc ? json_take(doc, "/structure", rows, 4, err) : ST_OK;
}

static enum status resources_read(const json_t *doc, struct param_resources *res, struct err *err)
{
    const struct json_row rows[] = {
        JSON_ROW_I64("nodes", JF_REQUIRED, 1, 10000, &res->nodes),
        JSON_ROW_I64("cpus", JF_REQUIRED, 1, 1000000, &res->cpus),
        JSON_ROW_I64("gpus", JF_REQUIRED, 0, 100000, &res->gpus),
        JSON_ROW_I64("memory_mb", JF_REQUIRED, 1, 1000000000, &res->memory_mb),
        JSON_ROW_I64("walltime_s", JF_REQUIRED, 1, 31536000, &res->walltime_s),
        JSON_ROW_I64("disk_b", JF_REQUIRED, 0, INT64_MAX, &res->disk_b),
    };

    return json_take(doc, "/resources", rows, 6, err);
}

static enum status modules_read(struct arena *a, const json_t *list, struct jobspec *js, struct err *err)
{
    size_t n = json_array_size(list);
    const char **modules = arena_alloc(a, (n + 1) * sizeof *modules);

    if (!modules)
        return err_set(err, ST_TOOBIG, "the jobspec is too large");
    for (size_t i = 0; i < n; i++) {
        modules[i] = json_string_value(json_array_get(list, i));
        if (!modules[i] || !modules[i][0] || strlen(modules[i]) > 128 || strpbrk(modules[i], " \t\n\"'$`\\;&|<>()"))
            return err_field(err, ST_INVALID, "wrong_type", "/modules", "/modules must hold names of modules");
    }
    js->modules = modules;
    js->n_modules = n;
    return ST_OK;
}

/* Names become variables of the job's environment and values their text, so both are what a template can make. */
static enum status values_read(const json_t *values, const char *at, struct err *err)
{
    const char *name;
    json_t *v;

    json_object_foreach((json_t *)(uintptr_t)values, name, v)
    {
        bool ok = json_is_string(v) ? json_string_length(v) < VALUE_MAX : json_is_boolean(v) || json_is_number(v);
        if (!tpl_name_ok(name) || !ok)
            return err_field(err, ST_INVALID, "wrong_type", at, "%s must hold named numbers, words and booleans", at);
    }
    return ST_OK;
}

static enum status parts_read(struct arena *a, const json_t *doc, struct jobspec *js, struct err *err)
{
    int64_t version;
    json_t *tpl = NULL, *structure = NULL, *params = NULL, *resolved = NULL, *derived = NULL, *estimate = NULL,
           *resources = NULL, *modules = NULL;
    const struct json_row rows[] = {
        JSON_ROW_I64("version", JF_REQUIRED, JOBSPEC_VERSION, JOBSPEC_VERSION, &version),
        JSON_ROW_OBJ("template", JF_REQUIRED, &tpl),
        JSON_ROW_OBJ("structure", JF_REQUIRED | JF_NULL, &structure),
        JSON_ROW_OBJ("params", JF_REQUIRED, &params),
        JSON_ROW_OBJ("resolved", JF_REQUIRED, &resolved),
        JSON_ROW_OBJ("derived", JF_REQUIRED, &derived),
        JSON_ROW_OBJ("resources", JF_REQUIRED, &resources),
        JSON_ROW_ARR("modules", JF_REQUIRED, 0, MODULES_MAX, &modules),
        JSON_ROW_OBJ("estimate", JF_REQUIRED, &estimate),
        JSON_ROW_STR("preset", JF_NULL, 1, 40, &js->preset),
    };
    const struct json_row tpl_rows[] = {
        JSON_ROW_STR("id", JF_REQUIRED, 1, 40, &js->template_id),
        JSON_ROW_STR("version", JF_REQUIRED, 1, 20, &js->template_version),
    };
    enum status st = json_take(doc, "", rows, sizeof rows / sizeof *rows, err);

    if (st == ST_OK)
        st = json_take(tpl, "/template", tpl_rows, 2, err);
    if (st == ST_OK)
        st = structure_read(structure, js, err);
    if (st == ST_OK)
        st = resources_read(resources, &js->res, err);
    if (st == ST_OK)
        st = modules_read(a, modules, js, err);
    if (st == ST_OK)
        st = values_read(resolved, "/resolved", err);
    if (st == ST_OK)
        st = values_read(derived, "/derived", err);
    js->params = params;
    js->resolved = resolved;
    js->derived = derived;
    js->estimate = estimate;
    return st;
}

enum status jobspec_read(struct arena *a, const char *text, size_t n, struct jobspec *ret_js, struct err *err)
{
    struct jobspec js = { .template_id = NULL };
    json_t *doc;
    enum status st = json_read(text, n, JOBSPEC_BYTES_MAX, &doc, err);

    if (st != ST_OK)
        return st;
    json_keep(doc, a);
    st = parts_read(a, doc, &js, err);
    if (st == ST_OK)
        *ret_js = js;
    return st;
}

bool jobspec_lookup(void *ctx, const char *name, struct expr_value *ret_v)
{
    const struct jobspec *js = ctx;
    const json_t *v = json_object_get(js->resolved, name);

    if (!v)
        v = json_object_get(js->derived, name);
    if (json_is_string(v))
        *ret_v = (struct expr_value){ .type = EXPR_WORD, .word = json_string_value(v) };
    else if (json_is_boolean(v))
        *ret_v = (struct expr_value){ .type = EXPR_NUM, .num = json_is_true(v) ? 1 : 0 };
    else if (json_is_number(v))
        *ret_v = (struct expr_value){ .type = EXPR_NUM, .num = json_number_value(v) };
    else
        return false;
    return true;
}

/* Whole numbers in full: the shell compares them. */
static void value_text(const json_t *v, char *out, size_t cap)
{
    double d = json_number_value(v);

    if (json_is_string(v))
        (void)snprintf(out, cap, "%s", json_string_value(v));
    else if (json_is_boolean(v))
        (void)snprintf(out, cap, "%d", json_is_true(v) ? 1 : 0);
    else if (d == floor(d) && fabs(d) < 1e15)
        (void)snprintf(out, cap, "%.0f", d);
    else
        (void)num_fmt_double(d, out, cap);
}

static void env_add(const json_t *values, const char *prefix, void (*add)(void *, const char *, const char *),
                    void *ctx)
{
    const char *key;
    json_t *v;
    char name[80], value[VALUE_MAX];

    json_object_foreach((json_t *)(uintptr_t)values, key, v)
    {
        size_t n = (size_t)snprintf(name, sizeof name, "%s", prefix);
        for (const char *p = key; *p && n < sizeof name - 1; p++)
            name[n++] = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
        name[n] = '\0';
        value_text(v, value, sizeof value);
        add(ctx, name, value);
    }
}

void jobspec_env(const struct jobspec *js, void (*add)(void *ctx, const char *name, const char *value), void *ctx)
{
    env_add(js->resolved, "ATH_P_", add, ctx);
    env_add(js->derived, "ATH_D_", add, ctx);
}
