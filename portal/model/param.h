/* What a person asked, made complete: preset and own values checked against the template, defaults filled in,
 * rules applied, derived values, resources and estimate computed. All problems are listed, not only the first.
 * Pure; everything lies in the arena. Any thread.
 */
#ifndef ATH_MODEL_PARAM_H
#define ATH_MODEL_PARAM_H

#include "facts.h"
#include "template.h"

#include "../core/jsonw.h"

struct param_problem {
    bool warning;
    const char *field; /* parameter name, "structure", "preset", "params" or "resources" */
    const char *code, *text, *hint;
};

struct param_resources {
    int64_t nodes, cpus, gpus, memory_mb, walltime_s, disk_b;
};

struct param_ask {
    const char *preset;   /* NULL: none, defaults */
    const json_t *params; /* object of what the person set; NULL: nothing */
    const json_t *facts;  /* of the structure; NULL: no structure chosen */
    const char *format;   /* of the structure; NULL: no structure chosen */
    const struct fact_site *site;
};

struct param_set {
    const struct template *t;
    const struct param_value *values; /* one a parameter */
    const bool *visible;              /* one a parameter: its `if` holds; hidden ones keep their default */
    const double *derived;            /* one a derived value */
    const bool *derived_ok;           /* false: could not be computed, see problems */
    struct param_resources res;
    bool has_wall, has_atoms;
    double wall_s, atoms; /* estimate */
    const struct param_problem *problems;
    size_t n_problems, n_errors; /* n_errors of them are no warnings */
};

/* ST_OK also when there are problems: ask n_errors. Fails only when the arena is full (ST_TOOBIG). */
enum status param_resolve(struct arena *a, const struct template *t, const struct param_ask *ask,
                          const struct param_set **ret_set, struct err *err);
/* The first error as err (field, code, text, hint): for refusing a submission. ST_OK when there is none. */
enum status param_first_error(const struct param_set *s, struct err *err);

/* JSON values for answers and the jobspec. */
void param_values_write(struct jsonw *w, const struct param_set *s);  /* {name: typed value} */
void param_derived_write(struct jsonw *w, const struct param_set *s); /* {name: number} */
void param_resources_write(struct jsonw *w, const struct param_resources *r);
void param_estimate_write(struct jsonw *w, const struct param_set *s); /* {wall_s, atoms, note}, null where unknown */
/* [{field, code, text, hint}] of the errors or of the warnings. */
void param_problems_write(struct jsonw *w, const struct param_set *s, bool warnings);

/* Parameters, derived values, facts, site facts by name; ctx is a const struct param_set * (render.h). */
bool param_lookup(void *ctx, const char *name, struct expr_value *ret_v);

#endif
