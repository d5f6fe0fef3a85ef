/* The template loader. Reads in the order in which parts depend on each other:
 * parameters, then derived values (each may use those before it), then rules,
 * resources and estimate, which may use all. An expression with an unknown
 * name is refused here, so that at run time only values can be wrong.
 */
#include "template_read.h"

#include "facts.h"

#include "../core/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LIST_MAX = 200, EXPR_CHARS = 2000 };

void *tpl_array(struct tpl_reader *r, size_t n, size_t size, enum status *ret_st)
{
    void *p = arena_alloc(r->a, (n ? n : 1) * size);

    if (!p && *ret_st == ST_OK)
        *ret_st = err_set(r->err, ST_TOOBIG, "the template is too large");
    return p;
}

void tpl_at(char *out, size_t cap, const char *base, size_t i)
{
    (void)snprintf(out, cap, "%s/%zu", base, i);
}

enum status tpl_fault(struct tpl_reader *r, const char *at, const char *name, const char *fmt, ...)
{
    char field[96], what[300];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    (void)snprintf(field, sizeof field, "%s", at);
    json_pointer_add(field, sizeof field, name, strlen(name));
    return err_field(r->err, ST_INVALID, "template_fault", field, "%s: %s", field, what);
}

bool tpl_name_ok(const char *s)
{
    size_t n = strlen(s);

    return n > 0 && n <= TPL_NAME_MAX && s[0] >= 'a' && s[0] <= 'z' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

bool tpl_word_ok(const char *s)
{
    size_t n = strlen(s);

    return n > 0 && n <= 64 && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-") == n;
}

bool tpl_known_fact(const void *t, const char *name)
{
    (void)t;
    return fact_known(name);
}

bool tpl_known_param(const void *t, const char *name)
{
    return template_param(t, name) || fact_known(name);
}

bool tpl_known_all(const void *t, const char *name)
{
    const struct template *tpl = t;

    for (size_t i = 0; i < tpl->n_derived; i++)
        if (str_eq(tpl->derived[i].name, name))
            return true;
    return tpl_known_param(t, name);
}

enum status tpl_expr(struct tpl_reader *r, const char *at, const char *name, const char *text,
                     bool (*known)(const void *t, const char *name), const struct expr **ret_e)
{
    struct err why = { .st = ST_OK };
    const struct expr *e;

    *ret_e = NULL;
    if (!text)
        return ST_OK;
    if (expr_parse(r->a, text, &e, &why) != ST_OK)
        return tpl_fault(r, at, name, "%s", why.text);
    const char *unknown = expr_unknown_name(e, known, r->t);
    if (unknown)
        return tpl_fault(r, at, name, "\"%s\" is not known here", unknown);
    *ret_e = e;
    return ST_OK;
}

static enum status rule_read(struct tpl_reader *r, const char *at, const json_t *doc, bool structure,
                             struct tpl_rule *rule)
{
    static const char *const levels[] = { "error", "warning", NULL };
    const char *level = "error", *text = NULL;

    rule->field = "structure";
    rule->hint = "";
    const struct json_row rows[] = {
        JSON_ROW_STR("if", JF_REQUIRED, 1, EXPR_CHARS, &text),
        JSON_ROW_WORD("level", 0, levels, &level),
        JSON_ROW_STR("code", JF_REQUIRED, 1, TPL_NAME_MAX, &rule->code),
        JSON_ROW_STR("text", JF_REQUIRED, 1, TPL_TEXT_MAX, &rule->text),
        JSON_ROW_STR("hint", 0, 0, TPL_TEXT_MAX, &rule->hint),
        JSON_ROW_STR("field", JF_REQUIRED, 1, TPL_NAME_MAX, &rule->field), /* last: structure rules have none */
    };
    enum status st = json_take(doc, at, rows, sizeof rows / sizeof *rows - (structure ? 1 : 0), r->err);
    if (st != ST_OK)
        return st;
    rule->warning = str_eq(level, "warning");
    if (!tpl_name_ok(rule->code))
        return tpl_fault(r, at, "code", "must be a snake_case name");
    if (!structure && !str_eq(rule->field, "structure") && !template_param(r->t, rule->field))
        return tpl_fault(r, at, "field", "\"%s\" is no parameter", rule->field);
    return tpl_expr(r, at, "if", text, structure ? tpl_known_fact : tpl_known_all, &rule->broken);
}

static enum status rules_read(struct tpl_reader *r, const char *base, const json_t *list, bool structure,
                              const struct tpl_rule **ret_rules, size_t *ret_n)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    struct tpl_rule *rules = tpl_array(r, n, sizeof *rules, &st);
    char at[64];

    for (size_t i = 0; i < n && st == ST_OK; i++) {
        tpl_at(at, sizeof at, base, i);
        st = rule_read(r, at, json_array_get(list, i), structure, &rules[i]);
    }
    *ret_rules = rules;
    *ret_n = n;
    return st;
}

/* An array of strings that pass ok(). */
static enum status words_read(struct tpl_reader *r, const char *base, const json_t *list, bool (*ok)(const char *),
                              const char *const **ret_words, size_t *ret_n)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    const char **words = tpl_array(r, n, sizeof *words, &st);
    char index[24];

    for (size_t i = 0; i < n && st == ST_OK; i++) {
        words[i] = json_string_value(json_array_get(list, i));
        (void)snprintf(index, sizeof index, "%zu", i);
        if (!words[i] || !ok(words[i]))
            st = tpl_fault(r, base, index, "is not an allowed word");
    }
    *ret_words = words;
    *ret_n = n;
    return st;
}

static enum status structures_read(struct tpl_reader *r, const json_t *doc)
{
    json_t *formats = NULL, *rules = NULL;
    const struct json_row rows[] = {
        JSON_ROW_BOOL("required", JF_REQUIRED, &r->t->structure_required),
        JSON_ROW_ARR("formats", JF_REQUIRED, 0, 20, &formats),
        JSON_ROW_ARR("rules", 0, 0, LIST_MAX, &rules),
    };
    enum status st = json_take(doc, "/structures", rows, 3, r->err);

    if (st == ST_OK)
        st = words_read(r, "/structures/formats", formats, tpl_name_ok, &r->t->formats, &r->t->n_formats);
    if (st == ST_OK)
        st = rules_read(r, "/structures/rules", rules, true, &r->t->structure_rules, &r->t->n_structure_rules);
    return st;
}

static enum status engines_read(struct tpl_reader *r, const json_t *list)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    struct tpl_engine *e = tpl_array(r, n, sizeof *e, &st);
    char at[64];

    for (size_t i = 0; i < n && st == ST_OK; i++) {
        e[i].min_version = "";
        const struct json_row rows[] = {
            JSON_ROW_STR("module", JF_REQUIRED, 1, 64, &e[i].module),
            JSON_ROW_STR("min_version", 0, 0, 64, &e[i].min_version),
        };
        tpl_at(at, sizeof at, "/engines", i);
        st = json_take(json_array_get(list, i), at, rows, 2, r->err);
        if (st == ST_OK && !tpl_word_ok(e[i].module))
            st = tpl_fault(r, at, "module", "is no module name");
        if (st == ST_OK && *e[i].min_version && !tpl_word_ok(e[i].min_version))
            st = tpl_fault(r, at, "min_version", "is no version");
    }
    r->t->engines = e;
    r->t->n_engines = n;
    return st;
}

static enum status derived_read(struct tpl_reader *r, const json_t *list)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    struct tpl_derived *d = tpl_array(r, n, sizeof *d, &st);
    char at[64];

    r->t->derived = d;
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        const char *text = NULL;
        const struct json_row rows[] = {
            JSON_ROW_STR("name", JF_REQUIRED, 1, TPL_NAME_MAX, &d[i].name),
            JSON_ROW_STR("expr", JF_REQUIRED, 1, EXPR_CHARS, &text),
        };
        tpl_at(at, sizeof at, "/derived", i);
        st = json_take(json_array_get(list, i), at, rows, 2, r->err);
        if (st == ST_OK && (!tpl_name_ok(d[i].name) || expr_is_function(d[i].name) || tpl_known_all(r->t, d[i].name)))
            st = tpl_fault(r, at, "name", "\"%.40s\" is no name, or taken", d[i].name);
        if (st == ST_OK)
            st = tpl_expr(r, at, "expr", text, tpl_known_all, &d[i].expr);
        r->t->n_derived = i + 1; /* known from the next one on */
    }
    return st;
}

const char *tpl_resource_name(enum tpl_resource res)
{
    static const char *const names[TR_COUNT] = { "nodes", "cpus", "gpus", "memory_mb", "walltime_s", "disk_b" };

    return names[res];
}

static enum status resources_read(struct tpl_reader *r, const json_t *doc)
{
    const char *text[TR_COUNT] = { NULL };
    struct json_row rows[TR_COUNT];

    for (int i = 0; i < TR_COUNT; i++)
        rows[i] = (struct json_row)JSON_ROW_STR(tpl_resource_name((enum tpl_resource)i), 0, 1, EXPR_CHARS, &text[i]);
    enum status st = json_take(doc, "/resources", rows, TR_COUNT, r->err);
    for (int i = 0; i < TR_COUNT && st == ST_OK; i++)
        st = tpl_expr(r, "/resources", tpl_resource_name((enum tpl_resource)i), text[i], tpl_known_all,
                      &r->t->resources[i]);
    return st;
}

static enum status estimate_read(struct tpl_reader *r, const json_t *doc)
{
    const char *wall = NULL, *atoms = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("wall_s", 0, 1, EXPR_CHARS, &wall),
        JSON_ROW_STR("atoms", 0, 1, EXPR_CHARS, &atoms),
        JSON_ROW_STR("note", 0, 0, TPL_TEXT_MAX, &r->t->estimate_note),
    };
    enum status st = doc ? json_take(doc, "/estimate", rows, 3, r->err) : ST_OK;

    if (st == ST_OK)
        st = tpl_expr(r, "/estimate", "wall_s", wall, tpl_known_all, &r->t->wall_s);
    if (st == ST_OK)
        st = tpl_expr(r, "/estimate", "atoms", atoms, tpl_known_all, &r->t->atoms);
    return st;
}

static bool version_ok(const char *s)
{
    size_t n = strlen(s), dots = 0;

    for (size_t i = 0; i < n; i++)
        dots += s[i] == '.';
    return n <= 20 && strspn(s, "0123456789.") == n && dots == 2 && s[0] != '.' && s[n - 1] != '.' && !strstr(s, "..");
}

/* The parts of the document, found by the top rows. */
struct parts {
    json_t *engines, *structures, *params, *presets, *rules, *derived, *resources, *estimate, *inputs, *stages,
        *failures, *checkpoint, *results, *citations, *sample;
};

static enum status top_read(struct tpl_reader *r, const json_t *doc, struct parts *p)
{
    struct template *t = r->t;
    int64_t schema;
    const struct json_row rows[] = {
        JSON_ROW_I64("schema", JF_REQUIRED, 1, 1, &schema),
        JSON_ROW_STR("id", JF_REQUIRED, 1, TPL_NAME_MAX, &t->id),
        JSON_ROW_STR("version", JF_REQUIRED, 5, 20, &t->version),
        JSON_ROW_STR("title", JF_REQUIRED, 1, TPL_LABEL_MAX, &t->title),
        JSON_ROW_STR("question", JF_REQUIRED, 1, TPL_TEXT_MAX, &t->question),
        JSON_ROW_STR("summary", JF_REQUIRED, 1, TPL_TEXT_MAX, &t->summary),
        JSON_ROW_STR("category", JF_REQUIRED, 1, TPL_LABEL_MAX, &t->category),
        JSON_ROW_STR("success", JF_REQUIRED, 1, TPL_TEXT_MAX, &t->success),
        JSON_ROW_ARR("engines", JF_REQUIRED, 0, 20, &p->engines),
        JSON_ROW_OBJ("structures", JF_REQUIRED, &p->structures),
        JSON_ROW_ARR("params", JF_REQUIRED, 0, LIST_MAX, &p->params),
        JSON_ROW_ARR("presets", 0, 0, LIST_MAX, &p->presets),
        JSON_ROW_ARR("rules", 0, 0, LIST_MAX, &p->rules),
        JSON_ROW_ARR("derived", 0, 0, LIST_MAX, &p->derived),
        JSON_ROW_OBJ("resources", JF_REQUIRED, &p->resources),
        JSON_ROW_OBJ("estimate", 0, &p->estimate),
        JSON_ROW_ARR("inputs", 0, 0, LIST_MAX, &p->inputs),
        JSON_ROW_ARR("stages", JF_REQUIRED, 1, 32, &p->stages),
        JSON_ROW_ARR("failures", 0, 0, LIST_MAX, &p->failures),
        JSON_ROW_OBJ("checkpoint", 0, &p->checkpoint),
        JSON_ROW_OBJ("results", 0, &p->results),
        JSON_ROW_ARR("citations", 0, 0, LIST_MAX, &p->citations),
        JSON_ROW_OBJ("sample", 0, &p->sample),
    };
    enum status st = json_take(doc, "", rows, sizeof rows / sizeof *rows, r->err);

    if (st == ST_OK && !str_is_slug(t->id, TPL_NAME_MAX))
        st = tpl_fault(r, "", "id", "must be a short lower-case name");
    if (st == ST_OK && !version_ok(t->version))
        st = tpl_fault(r, "", "version", "must be like 1.0.0");
    return st;
}

static enum status parts_read(struct tpl_reader *r, const struct parts *p)
{
    enum status st = engines_read(r, p->engines);

    if (st == ST_OK)
        st = structures_read(r, p->structures);
    if (st == ST_OK)
        st = tpl_params_read(r, p->params);
    if (st == ST_OK)
        st = tpl_presets_read(r, p->presets);
    if (st == ST_OK)
        st = derived_read(r, p->derived);
    if (st == ST_OK)
        st = rules_read(r, "/rules", p->rules, false, &r->t->rules, &r->t->n_rules);
    if (st == ST_OK)
        st = resources_read(r, p->resources);
    if (st == ST_OK)
        st = estimate_read(r, p->estimate);
    if (st == ST_OK)
        st = tpl_inputs_read(r, p->inputs);
    if (st == ST_OK)
        st = tpl_stages_read(r, p->stages);
    if (st == ST_OK)
        st = tpl_failures_read(r, p->failures);
    if (st == ST_OK)
        st = tpl_checkpoint_read(r, p->checkpoint);
    if (st == ST_OK)
        st = tpl_results_read(r, p->results);
    if (st == ST_OK)
        st = tpl_citations_read(r, p->citations);
    return st == ST_OK ? tpl_sample_read(r, p->sample) : st;
}

enum status template_load(struct arena *a, const char *text, size_t n, const struct template **ret_t, struct err *err)
{
    struct tpl_reader r = { .a = a, .t = arena_alloc(a, sizeof *r.t), .err = err };
    struct parts parts = { .engines = NULL };
    json_t *doc;

    if (!r.t)
        return err_set(err, ST_TOOBIG, "the template is too large");
    enum status st = json_read(text, n, TEMPLATE_BYTES_MAX, &doc, err);
    if (st != ST_OK)
        return st;
    *r.t = (struct template){ .doc = json_keep(doc, a),
                              .estimate_note = "",
                              .sample_structure = "",
                              .sample_request = "",
                              .sample_expected = "" };
    st = top_read(&r, doc, &parts);
    if (st == ST_OK)
        st = parts_read(&r, &parts);
    if (st == ST_OK)
        *ret_t = r.t;
    return st;
}
