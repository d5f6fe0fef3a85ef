/* The parts of a template that stand for themselves: inputs, stages, failures,
 * checkpoint, described results, citations, sample. Each is a list of declared
 * rows; what a failure suggests is all that looks at parameters.
 */
#include "template_read.h"

#include "relpath.h"

#include "../core/str.h"

#include <stdio.h>

enum { LIST_MAX = 200 };

enum status tpl_inputs_read(struct tpl_reader *r, const json_t *list)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    struct tpl_input *in = tpl_array(r, n, sizeof *in, &st);
    char at[64];

    for (size_t i = 0; i < n && st == ST_OK; i++) {
        const struct json_row rows[] = {
            JSON_ROW_STR("template", JF_REQUIRED, 1, 200, &in[i].path),
            JSON_ROW_STR("output", JF_REQUIRED, 1, 100, &in[i].output),
            JSON_ROW_STR("label", JF_REQUIRED, 1, TPL_LABEL_MAX, &in[i].label),
        };
        tpl_at(at, sizeof at, "/inputs", i);
        st = json_take(json_array_get(list, i), at, rows, 3, r->err);
        if (st == ST_OK && (!relpath_ok(in[i].path) || !str_starts(in[i].path, "inputs/")))
            st = tpl_fault(r, at, "template", "must be a file below inputs/");
        if (st == ST_OK && (!tpl_word_ok(in[i].output) || in[i].output[0] == '.' || in[i].output[0] == '-'))
            st = tpl_fault(r, at, "output", "must be a plain file name");
    }
    r->t->inputs = in;
    r->t->n_inputs = n;
    return st;
}

enum status tpl_stages_read(struct tpl_reader *r, const json_t *list)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    struct tpl_stage *s = tpl_array(r, n, sizeof *s, &st);
    char at[64];

    for (size_t i = 0; i < n && st == ST_OK; i++) {
        const struct json_row rows[] = {
            JSON_ROW_STR("name", JF_REQUIRED, 1, TPL_NAME_MAX, &s[i].name),
            JSON_ROW_STR("label", JF_REQUIRED, 1, TPL_LABEL_MAX, &s[i].label),
            JSON_ROW_DOUBLE("weight", JF_REQUIRED, 0, 1e9, &s[i].weight),
        };
        tpl_at(at, sizeof at, "/stages", i);
        st = json_take(json_array_get(list, i), at, rows, 3, r->err);
        if (st == ST_OK && !tpl_name_ok(s[i].name))
            st = tpl_fault(r, at, "name", "must be a snake_case name");
    }
    r->t->stages = s;
    r->t->n_stages = n;
    return st;
}

static bool own_param(const void *t, const char *name)
{
    return template_param(t, name) != NULL;
}

/* {"parameter": "expression over parameters"}: the change a rerun is offered with; browsers evaluate it. */
static enum status suggest_check(struct tpl_reader *r, const char *at, const json_t *suggest)
{
    const struct expr *e;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)suggest, name, value)
    {
        if (!own_param(r->t, name) || !json_is_string(value))
            return tpl_fault(r, at, "suggest", "must give parameters expressions; \"%.40s\" is none", name);
        enum status st = tpl_expr(r, at, "suggest", json_string_value(value), own_param, &e);
        if (st != ST_OK)
            return st;
    }
    return ST_OK;
}

enum status tpl_failures_read(struct tpl_reader *r, const json_t *list)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    struct tpl_failure *f = tpl_array(r, n, sizeof *f, &st);
    char at[64];

    for (size_t i = 0; i < n && st == ST_OK; i++) {
        json_t *suggest = NULL;

        f[i].hint = "";
        const struct json_row rows[] = {
            JSON_ROW_STR("code", JF_REQUIRED, 1, TPL_NAME_MAX, &f[i].code),
            JSON_ROW_STR("match", JF_REQUIRED, 3, TPL_LABEL_MAX, &f[i].match),
            JSON_ROW_STR("text", JF_REQUIRED, 1, TPL_TEXT_MAX, &f[i].text),
            JSON_ROW_STR("hint", 0, 0, TPL_TEXT_MAX, &f[i].hint),
            JSON_ROW_OBJ("suggest", 0, &suggest),
        };
        tpl_at(at, sizeof at, "/failures", i);
        st = json_take(json_array_get(list, i), at, rows, 5, r->err);
        if (st == ST_OK && !tpl_name_ok(f[i].code))
            st = tpl_fault(r, at, "code", "must be a snake_case name");
        if (st == ST_OK && suggest)
            st = suggest_check(r, at, suggest);
    }
    r->t->failures = f;
    r->t->n_failures = n;
    return st;
}

enum status tpl_citations_read(struct tpl_reader *r, const json_t *list)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    struct tpl_citation *c = tpl_array(r, n, sizeof *c, &st);
    char at[64];

    for (size_t i = 0; i < n && st == ST_OK; i++) {
        c[i].doi = "";
        const struct json_row rows[] = {
            JSON_ROW_STR("key", JF_REQUIRED, 1, TPL_NAME_MAX, &c[i].key),
            JSON_ROW_STR("text", JF_REQUIRED, 1, TPL_TEXT_MAX, &c[i].text),
            JSON_ROW_STR("doi", 0, 0, TPL_LABEL_MAX, &c[i].doi),
        };
        tpl_at(at, sizeof at, "/citations", i);
        st = json_take(json_array_get(list, i), at, rows, 3, r->err);
    }
    r->t->citations = c;
    r->t->n_citations = n;
    return st;
}

enum status tpl_checkpoint_read(struct tpl_reader *r, const json_t *doc)
{
    const struct json_row rows[] = {
        JSON_ROW_BOOL("continues", JF_REQUIRED, &r->t->continues),
        JSON_ROW_I64("margin_s", 0, 0, 86400, &r->t->margin_s),
    };

    return doc ? json_take(doc, "/checkpoint", rows, 2, r->err) : ST_OK;
}

enum status tpl_sample_read(struct tpl_reader *r, const json_t *doc)
{
    const char **files[] = { &r->t->sample_structure, &r->t->sample_request, &r->t->sample_expected };
    const struct json_row rows[] = {
        JSON_ROW_STR("structure", 0, 0, 200, files[0]),
        JSON_ROW_STR("request", 0, 0, 200, files[1]),
        JSON_ROW_STR("expected", 0, 0, 200, files[2]),
    };
    enum status st = doc ? json_take(doc, "/sample", rows, 3, r->err) : ST_OK;

    for (size_t i = 0; i < 3 && st == ST_OK; i++)
        if (**files[i] && (!relpath_ok(*files[i]) || !str_starts(*files[i], "sample/")))
            st = tpl_fault(r, "/sample", rows[i].name, "must be a file below sample/");
    return st;
}

/* The described results: each list names what analyse writes, so that forms can offer it before the first run. */
enum status tpl_results_read(struct tpl_reader *r, const json_t *doc)
{
    static const char *const lists[] = { "summary", "series", "tables", "structures", "trajectories", "files" };
    json_t *list[6] = { NULL };
    struct json_row rows[6];
    char base[32], at[64];

    for (size_t i = 0; i < 6; i++)
        rows[i] = (struct json_row)JSON_ROW_ARR(lists[i], 0, 0, LIST_MAX, &list[i]);
    enum status st = doc ? json_take(doc, "/results", rows, 6, r->err) : ST_OK;
    for (size_t i = 0; i < 6 && st == ST_OK; i++) {
        (void)snprintf(base, sizeof base, "/results/%s", lists[i]);
        for (size_t k = 0; k < json_array_size(list[i]) && st == ST_OK; k++) {
            const char *name = NULL, *label = NULL, *unit = NULL;
            const struct json_row item[] = {
                JSON_ROW_STR("name", JF_REQUIRED, 1, TPL_NAME_MAX, &name),
                JSON_ROW_STR("label", JF_REQUIRED, 1, TPL_LABEL_MAX, &label),
                JSON_ROW_STR("unit", 0, 0, 40, &unit),
            };
            tpl_at(at, sizeof at, base, k);
            st = json_take(json_array_get(list[i], k), at, item, 3, r->err);
        }
    }
    return st;
}
