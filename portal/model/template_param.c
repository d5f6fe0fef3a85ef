/* Parameters and presets of a template, and the check of one value against its parameter. */
#include "template_read.h"

#include "facts.h"

#include "../core/str.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PARAMS_MAX = 200, CHOICES_MAX = 100, PRESETS_MAX = 20 };

static const char *const g_types[] = { "number", "integer", "enum", "boolean", NULL };

const char *param_type_name(enum param_type t)
{
    return g_types[t];
}

const struct tpl_param *template_param(const struct template *t, const char *name)
{
    for (size_t i = 0; i < t->n_params; i++)
        if (str_eq(t->params[i].name, name))
            return &t->params[i];
    return NULL;
}

static enum status number_read(const struct tpl_param *p, const json_t *v, struct param_value *ret_v, struct err *err)
{
    double num = json_number_value(v);
    const char *unit = *p->unit ? " " : "";

    if (!json_is_number(v))
        return err_field(err, ST_INVALID, "wrong_type", p->name, "%s must be a number", p->label);
    if (p->type == PT_INTEGER && num != floor(num))
        return err_field(err, ST_INVALID, "wrong_type", p->name, "%s must be a whole number", p->label);
    bool low = p->has_min && num < p->min, high = p->has_max && num > p->max;
    if ((low || high) && p->has_min && p->has_max)
        return err_field(err, ST_INVALID, "out_of_range", p->name, "%s must be between %.10g and %.10g%s%s, not %.10g",
                         p->label, p->min, p->max, unit, p->unit, num);
    if (low || high)
        return err_field(err, ST_INVALID, "out_of_range", p->name, "%s must be at %s %.10g%s%s, not %.10g", p->label,
                         low ? "least" : "most", low ? p->min : p->max, unit, p->unit, num);
    *ret_v = (struct param_value){ .type = p->type, .num = num };
    return ST_OK;
}

static enum status choice_read(const struct tpl_param *p, const json_t *v, struct param_value *ret_v, struct err *err)
{
    char words[256] = "";

    if (!json_is_string(v))
        return err_field(err, ST_INVALID, "wrong_type", p->name, "%s must be one of its words", p->label);
    for (size_t i = 0; i < p->n_choices; i++) {
        if (str_eq(p->choices[i].value, json_string_value(v))) {
            *ret_v = (struct param_value){ .type = PT_ENUM, .word = p->choices[i].value };
            return ST_OK;
        }
        size_t n = strlen(words);
        (void)snprintf(words + n, sizeof words - n, "%s%s", i ? ", " : "", p->choices[i].value);
    }
    return err_field(err, ST_INVALID, "not_allowed", p->name, "%s must be one of %s", p->label, words);
}

enum status param_value_read(const struct tpl_param *p, const json_t *v, struct param_value *ret_v, struct err *err)
{
    switch (p->type) {
    case PT_NUMBER:
    case PT_INTEGER:
        return number_read(p, v, ret_v, err);
    case PT_ENUM:
        return choice_read(p, v, ret_v, err);
    case PT_BOOLEAN:
        break;
    }
    if (!json_is_boolean(v))
        return err_field(err, ST_INVALID, "wrong_type", p->name, "%s must be true or false", p->label);
    *ret_v = (struct param_value){ .type = PT_BOOLEAN, .num = json_is_true(v) ? 1 : 0 };
    return ST_OK;
}

static enum status choices_read(struct tpl_reader *r, const char *at, const json_t *list, struct tpl_param *p)
{
    enum status st = ST_OK;
    size_t n = json_array_size(list);
    struct tpl_choice *c = tpl_array(r, n, sizeof *c, &st);
    char base[96], item[96];

    (void)snprintf(base, sizeof base, "%s/values", at);
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        tpl_at(item, sizeof item, base, i);
        const struct json_row rows[] = {
            JSON_ROW_STR("value", JF_REQUIRED, 1, 64, &c[i].value),
            JSON_ROW_STR("label", JF_REQUIRED, 1, TPL_LABEL_MAX, &c[i].label),
        };
        st = json_take(json_array_get(list, i), item, rows, 2, r->err);
        if (st == ST_OK && !tpl_word_ok(c[i].value))
            st = tpl_fault(r, item, "value", "may hold letters, digits and _ . + - only");
        for (size_t k = 0; k < i && st == ST_OK; k++)
            if (str_eq(c[k].value, c[i].value))
                st = tpl_fault(r, item, "value", "occurs twice");
    }
    p->choices = c;
    p->n_choices = n;
    return st;
}

/* What must hold between the parts of one parameter. */
static enum status param_check(struct tpl_reader *r, const char *at, struct tpl_param *p, const json_t *def,
                               const json_t *values)
{
    bool number = p->type == PT_NUMBER || p->type == PT_INTEGER;

    if (!tpl_name_ok(p->name) || fact_known(p->name) || expr_is_function(p->name))
        return tpl_fault(r, at, "name", "\"%.40s\" is no name for a parameter, or is taken by a fact or function",
                         p->name);
    if (template_param(r->t, p->name))
        return tpl_fault(r, at, "name", "\"%s\" occurs twice", p->name);
    if (!number && (p->has_min || p->has_max || p->step != 0 || *p->unit))
        return tpl_fault(r, at, "type", "min, max, step and unit belong to numbers only");
    if (p->has_min && p->has_max && p->min > p->max)
        return tpl_fault(r, at, "max", "is below min");
    if ((p->type == PT_ENUM) != (values != NULL))
        return tpl_fault(r, at, "values", "belongs to enums, which must have it");
    if (values) {
        enum status st = choices_read(r, at, values, p);
        if (st != ST_OK)
            return st;
    }
    struct err why = { .st = ST_OK };
    if (param_value_read(p, def, &p->def, &why) != ST_OK)
        return tpl_fault(r, at, "default", "%s", why.text);
    return ST_OK;
}

static enum status param_read(struct tpl_reader *r, const char *at, const json_t *doc, struct tpl_param *p,
                              const char **ret_visible)
{
    static const char *const levels[] = { "basic", "advanced", NULL };
    const char *type = NULL, *level = NULL;
    json_t *def = NULL, *values = NULL;

    p->unit = p->group = p->why = "";
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, TPL_NAME_MAX, &p->name),
        JSON_ROW_STR("label", JF_REQUIRED, 1, TPL_LABEL_MAX, &p->label),
        JSON_ROW_WORD("type", JF_REQUIRED, g_types, &type),
        JSON_ROW_STR("unit", 0, 0, 40, &p->unit),
        { .name = "min",
          .kind = JT_DOUBLE,
          .dmin = -DBL_MAX,
          .dmax = DBL_MAX,
          .dest = &p->min,
          .ret_present = &p->has_min },
        { .name = "max",
          .kind = JT_DOUBLE,
          .dmin = -DBL_MAX,
          .dmax = DBL_MAX,
          .dest = &p->max,
          .ret_present = &p->has_max },
        JSON_ROW_DOUBLE("step", 0, 1e-12, 1e12, &p->step),
        JSON_ROW_ANY("default", JF_REQUIRED, &def),
        JSON_ROW_ARR("values", 0, 1, CHOICES_MAX, &values),
        JSON_ROW_WORD("level", JF_REQUIRED, levels, &level),
        JSON_ROW_STR("group", 0, 0, TPL_LABEL_MAX, &p->group),
        JSON_ROW_STR("why", 0, 0, TPL_TEXT_MAX, &p->why),
        JSON_ROW_STR("if", 0, 1, 2000, ret_visible),
    };
    enum status st = json_take(doc, at, rows, sizeof rows / sizeof *rows, r->err);
    if (st != ST_OK)
        return st;
    for (int i = 0; g_types[i]; i++)
        if (str_eq(g_types[i], type))
            p->type = (enum param_type)i;
    p->advanced = str_eq(level, "advanced");
    return param_check(r, at, p, def, values);
}

enum status tpl_params_read(struct tpl_reader *r, const json_t *params)
{
    enum status st = ST_OK;
    size_t n = json_array_size(params);
    struct tpl_param *p = tpl_array(r, n, sizeof *p, &st);
    const char **visible = tpl_array(r, n, sizeof *visible, &st);
    char at[64];

    if (n > PARAMS_MAX)
        return tpl_fault(r, "", "params", "has more than %d items", PARAMS_MAX);
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        tpl_at(at, sizeof at, "/params", i);
        st = param_read(r, at, json_array_get(params, i), &p[i], &visible[i]);
        r->t->params = p; /* grows as it is read, so that the next one sees the names before it */
        r->t->n_params = i + 1;
    }
    for (size_t i = 0; i < n && st == ST_OK; i++) { /* `if` may name any parameter */
        tpl_at(at, sizeof at, "/params", i);
        st = tpl_expr(r, at, "if", visible[i], tpl_known_param, &p[i].visible);
    }
    return st;
}

static enum status preset_values_read(struct tpl_reader *r, const char *at, const json_t *values, struct tpl_preset *p)
{
    enum status st = ST_OK;
    size_t n = 0;
    struct tpl_preset_value *v = tpl_array(r, json_object_size(values), sizeof *v, &st);
    const char *name;
    json_t *value;
    char base[96];

    (void)snprintf(base, sizeof base, "%s/values", at);
    json_object_foreach((json_t *)(uintptr_t)values, name, value)
    {
        const struct tpl_param *param = template_param(r->t, name);
        struct err why = { .st = ST_OK };
        if (st != ST_OK)
            return st;
        if (!param)
            return tpl_fault(r, base, name, "is no parameter");
        if (param_value_read(param, value, &v[n].value, &why) != ST_OK)
            return tpl_fault(r, base, name, "%s", why.text);
        v[n++].param = (size_t)(param - r->t->params);
    }
    p->values = v;
    p->n_values = n;
    return st;
}

enum status tpl_presets_read(struct tpl_reader *r, const json_t *presets)
{
    enum status st = ST_OK;
    size_t n = json_array_size(presets);
    struct tpl_preset *p = tpl_array(r, n, sizeof *p, &st);
    char at[64];

    if (n > PRESETS_MAX)
        return tpl_fault(r, "", "presets", "has more than %d items", PRESETS_MAX);
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        json_t *values = NULL;
        const struct json_row rows[] = {
            JSON_ROW_STR("name", JF_REQUIRED, 1, TPL_NAME_MAX, &p[i].name),
            JSON_ROW_STR("label", JF_REQUIRED, 1, TPL_LABEL_MAX, &p[i].label),
            JSON_ROW_OBJ("values", JF_REQUIRED, &values),
        };
        tpl_at(at, sizeof at, "/presets", i);
        st = json_take(json_array_get(presets, i), at, rows, 3, r->err);
        if (st == ST_OK && !str_is_slug(p[i].name, TPL_NAME_MAX))
            st = tpl_fault(r, at, "name", "must be a short lower-case name");
        if (st == ST_OK)
            st = preset_values_read(r, at, values, &p[i]);
    }
    r->t->presets = p;
    r->t->n_presets = n;
    return st;
}
