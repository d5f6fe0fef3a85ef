/* Resolving parameters. The order: defaults, preset, the person's values; then
 * visibility; then derived values, rules, resources and estimate. Nothing stops
 * at the first problem, so that a form can show all of them at once; what
 * depends on a value that is wrong is computed with the default instead, and
 * what then cannot be computed is reported only when nothing else was wrong.
 */
#include "param.h"

#include "../core/str.h"

#include <math.h>
#include <string.h>

enum { PROBLEMS_MAX = 200 };

/* A set under construction: what param_set shows read-only. */
struct resolver {
    struct arena *a;
    const struct template *t;
    const struct param_ask *ask;
    struct param_set *set;
    struct param_value *values;
    bool *given; /* by the person, not by preset or default */
    bool *visible;
    double *derived;
    bool *derived_ok;
    struct param_problem *problems;
    bool full; /* the arena */
};

struct names {
    const struct param_set *set;
    const struct param_ask *ask; /* NULL: no facts */
};

static const char *keep(struct resolver *r, const char *s)
{
    const char *copy = arena_strdup(r->a, s);

    r->full = r->full || !copy;
    return copy ? copy : "";
}

static void problem_add(struct resolver *r, struct param_problem p)
{
    if (r->set->n_problems == PROBLEMS_MAX)
        return;
    p.field = keep(r, p.field);
    p.code = keep(r, p.code);
    p.text = keep(r, p.text);
    p.hint = keep(r, p.hint ? p.hint : "");
    r->problems[r->set->n_problems++] = p;
    r->set->n_errors += !p.warning;
}

static void problem_err(struct resolver *r, const char *field, const struct err *e)
{
    problem_add(r, (struct param_problem){ .field = field, .code = e->code, .text = e->text, .hint = e->hint });
}

static bool value_lookup(const struct param_set *s, const char *name, struct expr_value *ret_v)
{
    for (size_t i = 0; i < s->t->n_params; i++) {
        if (!str_eq(s->t->params[i].name, name))
            continue;
        const struct param_value *v = &s->values[i];
        *ret_v =
            (struct expr_value){ .type = v->type == PT_ENUM ? EXPR_WORD : EXPR_NUM, .num = v->num, .word = v->word };
        return true;
    }
    for (size_t i = 0; i < s->t->n_derived; i++) {
        if (!str_eq(s->t->derived[i].name, name))
            continue;
        *ret_v = (struct expr_value){ .type = EXPR_NUM, .num = s->derived[i] };
        return s->derived_ok[i];
    }
    return false;
}

bool param_lookup(void *ctx, const char *name, struct expr_value *ret_v)
{
    return value_lookup(ctx, name, ret_v);
}

static bool all_lookup(void *ctx, const char *name, struct expr_value *ret_v)
{
    const struct names *n = ctx;

    if (value_lookup(n->set, name, ret_v))
        return true;
    *ret_v = (struct expr_value){ .type = EXPR_NUM };
    return fact_get(n->ask->facts, n->ask->site, name, &ret_v->num);
}

static void preset_apply(struct resolver *r)
{
    const struct tpl_preset *p = NULL;

    for (size_t i = 0; r->ask->preset && i < r->t->n_presets; i++)
        if (str_eq(r->t->presets[i].name, r->ask->preset))
            p = &r->t->presets[i];
    if (r->ask->preset && !p)
        problem_add(
            r, (struct param_problem){ .field = "preset", .code = "not_allowed", .text = "There is no such preset." });
    for (size_t i = 0; p && i < p->n_values; i++)
        r->values[p->values[i].param] = p->values[i].value;
}

static void person_apply(struct resolver *r)
{
    const char *name;
    json_t *value;

    if (r->ask->params && !json_is_object(r->ask->params)) {
        problem_add(r, (struct param_problem){
                           .field = "params", .code = "wrong_type", .text = "The parameters must be an object." });
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)r->ask->params, name, value)
    {
        const struct tpl_param *p = template_param(r->t, name);
        struct err why = { .st = ST_OK };
        if (!p) {
            (void)err_field(&why, ST_INVALID, "unknown_field", NULL, "This template has no parameter %.60s.", name);
            problem_err(r, name, &why);
            continue;
        }
        size_t i = (size_t)(p - r->t->params);
        r->given[i] = true;
        if (param_value_read(p, value, &r->values[i], &why) != ST_OK)
            problem_err(r, p->name, &why);
    }
}

static bool value_same(const struct param_value *a, const struct param_value *b)
{
    return a->type == PT_ENUM ? str_eq(a->word, b->word) : a->num == b->num;
}

/* A hidden parameter keeps its default; setting it to something else is told, since it has no effect. */
static void visibility_apply(struct resolver *r, struct names *names)
{
    for (size_t i = 0; i < r->t->n_params; i++) {
        const struct tpl_param *p = &r->t->params[i];
        struct err why = { .st = ST_OK };
        r->visible[i] = true;
        if (!p->visible)
            continue;
        if (expr_eval_bool(p->visible, all_lookup, names, &r->visible[i], &why) != ST_OK)
            problem_err(r, p->name, &why);
        if (r->visible[i] || value_same(&r->values[i], &p->def))
            continue;
        if (r->given[i])
            problem_add(r, (struct param_problem){ .warning = true,
                                                   .field = p->name,
                                                   .code = "no_effect",
                                                   .text = "This has no effect with the other settings." });
        r->values[i] = p->def;
    }
}

static void compute_failed(struct resolver *r, const char *field, const char *what, struct err *why)
{
    if (r->set->n_errors) /* most likely a consequence of what is reported already */
        return;
    (void)err_wrap(why, "%s cannot be computed", what);
    (void)snprintf(why->code, sizeof why->code, "cannot_compute");
    problem_err(r, field, why);
}

static void derived_compute(struct resolver *r, struct names *names)
{
    for (size_t i = 0; i < r->t->n_derived; i++) {
        const struct tpl_derived *d = &r->t->derived[i];
        struct err why = { .st = ST_OK };
        r->derived_ok[i] = expr_eval_num(d->expr, all_lookup, names, &r->derived[i], &why) == ST_OK;
        if (!r->derived_ok[i])
            compute_failed(r, "params", d->name, &why);
    }
}

static void rules_apply(struct resolver *r, const struct tpl_rule *rules, size_t n, struct names *names)
{
    for (size_t i = 0; i < n; i++) {
        const struct tpl_rule *rule = &rules[i];
        struct err why = { .st = ST_OK };
        bool broken = false;
        if (expr_eval_bool(rule->broken, all_lookup, names, &broken, &why) != ST_OK)
            compute_failed(r, rule->field, rule->code, &why);
        if (broken)
            problem_add(r, (struct param_problem){ .warning = rule->warning,
                                                   .field = rule->field,
                                                   .code = rule->code,
                                                   .text = rule->text,
                                                   .hint = rule->hint });
    }
}

static void structure_apply(struct resolver *r, struct names *names)
{
    bool fits = false;
    struct err why = { .st = ST_OK };

    if (!r->ask->facts && !r->ask->format) {
        if (r->t->structure_required)
            problem_add(r, (struct param_problem){ .field = "structure",
                                                   .code = "missing_field",
                                                   .text = "This template needs a structure.",
                                                   .hint = "Choose one of the project's structures or upload one." });
        return;
    }
    for (size_t i = 0; i < r->t->n_formats; i++)
        fits = fits || str_eq(r->t->formats[i], r->ask->format);
    if (!fits) {
        (void)err_field(&why, ST_INVALID, "not_allowed", NULL, "This template does not read %.20s files.",
                        r->ask->format ? r->ask->format : "such");
        BUF_AUTO list = { 0 };
        buf_init(&list, 200);
        for (size_t i = 0; i < r->t->n_formats; i++)
            buf_printf(&list, "%s%s", i ? ", " : "", r->t->formats[i]);
        (void)err_hint(&why, "It reads: %s.", list.p);
        problem_err(r, "structure", &why);
    }
    rules_apply(r, r->t->structure_rules, r->t->n_structure_rules, names);
}

/* Bounds no cluster passes, so that arithmetic elsewhere cannot overflow. */
static const struct {
    int64_t def, min, max;
} g_resources[TR_COUNT] = {
    [TR_NODES] = { 1, 1, 10000 },
    [TR_CPUS] = { 1, 1, 1000000 },
    [TR_GPUS] = { 0, 0, 100000 },
    [TR_MEMORY_MB] = { 1000, 1, 1000000000 },
    [TR_WALLTIME_S] = { 3600, 60, 31536000 },
    [TR_DISK_B] = { 1 << 30, 0, INT64_C(1) << 53 },
};

static void resource_compute(struct resolver *r, enum tpl_resource k, struct names *names, int64_t *ret_v)
{
    struct err why = { .st = ST_OK };
    double v = (double)g_resources[k].def;

    *ret_v = g_resources[k].def;
    if (r->t->resources[k] && expr_eval_num(r->t->resources[k], all_lookup, names, &v, &why) != ST_OK) {
        compute_failed(r, "resources", tpl_resource_name(k), &why);
        return;
    }
    v = ceil(v - 1e-9); /* 2.0000000001 CPUs are two */
    if (v > (double)g_resources[k].max) {
        (void)err_field(&why, ST_INVALID, "out_of_range", NULL, "%s would be %.6g, at most %lld can be asked for.",
                        tpl_resource_name(k), v, (long long)g_resources[k].max);
        problem_err(r, "resources", &why);
        return;
    }
    *ret_v = v < (double)g_resources[k].min ? g_resources[k].min : (int64_t)v;
}

static void resources_compute(struct resolver *r, struct names *names)
{
    struct param_resources *res = &r->set->res;
    struct err why = { .st = ST_OK };

    resource_compute(r, TR_NODES, names, &res->nodes);
    resource_compute(r, TR_CPUS, names, &res->cpus);
    resource_compute(r, TR_GPUS, names, &res->gpus);
    resource_compute(r, TR_MEMORY_MB, names, &res->memory_mb);
    resource_compute(r, TR_WALLTIME_S, names, &res->walltime_s);
    resource_compute(r, TR_DISK_B, names, &res->disk_b);
    if (r->t->wall_s) {
        r->set->has_wall = expr_eval_num(r->t->wall_s, all_lookup, names, &r->set->wall_s, &why) == ST_OK;
        if (!r->set->has_wall)
            compute_failed(r, "resources", "the estimated time", &why);
    }
    if (r->t->atoms) {
        r->set->has_atoms = expr_eval_num(r->t->atoms, all_lookup, names, &r->set->atoms, &why) == ST_OK;
        if (!r->set->has_atoms)
            compute_failed(r, "resources", "the number of atoms", &why);
    }
}

static bool resolver_init(struct resolver *r)
{
    size_t np = r->t->n_params + 1, nd = r->t->n_derived + 1;

    r->set = arena_alloc(r->a, sizeof *r->set);
    r->values = arena_alloc(r->a, np * sizeof *r->values);
    r->given = arena_alloc(r->a, np * sizeof *r->given);
    r->visible = arena_alloc(r->a, np * sizeof *r->visible);
    r->derived = arena_alloc(r->a, nd * sizeof *r->derived);
    r->derived_ok = arena_alloc(r->a, nd * sizeof *r->derived_ok);
    r->problems = arena_alloc(r->a, PROBLEMS_MAX * sizeof *r->problems);
    if (!r->set || !r->values || !r->given || !r->visible || !r->derived || !r->derived_ok || !r->problems)
        return false;
    for (size_t i = 0; i < r->t->n_params; i++)
        r->values[i] = r->t->params[i].def;
    *r->set = (struct param_set){ .t = r->t,
                                  .values = r->values,
                                  .visible = r->visible,
                                  .derived = r->derived,
                                  .derived_ok = r->derived_ok,
                                  .problems = r->problems };
    return true;
}

enum status param_resolve(struct arena *a, const struct template *t, const struct param_ask *ask,
                          const struct param_set **ret_set, struct err *err)
{
    struct resolver r = { .a = a, .t = t, .ask = ask };

    if (!resolver_init(&r))
        return err_set(err, ST_TOOBIG, "the request needs too much memory");
    struct names names = { .set = r.set, .ask = ask };
    preset_apply(&r);
    person_apply(&r);
    visibility_apply(&r, &names);
    structure_apply(&r, &names);
    derived_compute(&r, &names);
    rules_apply(&r, t->rules, t->n_rules, &names);
    resources_compute(&r, &names);
    if (r.full)
        return err_set(err, ST_TOOBIG, "the request needs too much memory");
    *ret_set = r.set;
    return ST_OK;
}

enum status param_first_error(const struct param_set *s, struct err *err)
{
    for (size_t i = 0; i < s->n_problems; i++) {
        const struct param_problem *p = &s->problems[i];
        if (p->warning)
            continue;
        (void)err_field(err, ST_INVALID, p->code, p->field, "%s", p->text);
        if (*p->hint)
            (void)err_hint(err, "%s", p->hint);
        return ST_INVALID;
    }
    return ST_OK;
}
