/* A simulation template: template.json read strictly (docs/contracts.md section 5).
 *
 * template_load is pure: the caller reads the file. Everything lies in the given
 * arena and is read-only afterwards, so threads may share it. Any fault is
 * ST_INVALID with the JSON pointer of the place; unknown keys are faults, since a
 * mistyped key would silently switch off a rule.
 */
#ifndef ATH_MODEL_TEMPLATE_H
#define ATH_MODEL_TEMPLATE_H

#include "expr.h"

#include "../core/arena.h"
#include "../core/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEMPLATE_BYTES_MAX (512 * 1024)

enum param_type { PT_NUMBER, PT_INTEGER, PT_ENUM, PT_BOOLEAN };

/* A typed value: num for numbers, 1 or 0 for booleans; word for enums. */
struct param_value {
    enum param_type type;
    double num;
    const char *word;
};

struct tpl_choice {
    const char *value, *label;
};

struct tpl_param {
    const char *name, *label, *unit, *group, *why; /* unit, group, why: "" when absent */
    enum param_type type;
    bool advanced, has_min, has_max;
    double min, max, step; /* step 0: none; a hint for forms, not enforced */
    struct param_value def;
    const struct tpl_choice *choices;
    size_t n_choices;
    const struct expr *visible; /* NULL: always */
};

struct tpl_preset_value {
    size_t param;
    struct param_value value;
};
struct tpl_preset {
    const char *name, *label;
    const struct tpl_preset_value *values;
    size_t n_values;
};

struct tpl_rule { /* broken when the expression is true */
    const struct expr *broken;
    bool warning;
    const char *field; /* a parameter's name; "structure" for structure rules */
    const char *code, *text, *hint;
};

struct tpl_derived {
    const char *name;
    const struct expr *expr;
};

struct tpl_engine {
    const char *module, *min_version; /* min_version "": any */
};

struct tpl_input {
    const char *path, *output, *label; /* path below the template folder, output a plain file name */
};

struct tpl_stage {
    const char *name, *label;
    double weight;
};

struct tpl_failure {
    const char *code, *match, *text, *hint;
};

struct tpl_citation {
    const char *key, *text, *doi;
};

enum tpl_resource { TR_NODES, TR_CPUS, TR_GPUS, TR_MEMORY_MB, TR_WALLTIME_S, TR_DISK_B, TR_COUNT };

struct template
{
    const char *id, *version, *title, *question, *summary, *category, *success;
    const struct tpl_engine *engines;
    size_t n_engines;
    bool structure_required;
    const char *const *formats;
    size_t n_formats;
    const struct tpl_rule *structure_rules;
    size_t n_structure_rules;
    const struct tpl_param *params;
    size_t n_params;
    const struct tpl_preset *presets;
    size_t n_presets;
    const struct tpl_rule *rules;
    size_t n_rules;
    const struct tpl_derived *derived;
    size_t n_derived;
    const struct expr *resources[TR_COUNT]; /* NULL: the default of that resource */
    const struct expr *wall_s, *atoms;      /* estimate; may be NULL */
    const char *estimate_note;
    const struct tpl_input *inputs;
    size_t n_inputs;
    const struct tpl_stage *stages;
    size_t n_stages;
    const struct tpl_failure *failures;
    size_t n_failures;
    const struct tpl_citation *citations;
    size_t n_citations;
    bool continues;
    int64_t margin_s;
    const char *sample_structure, *sample_request, *sample_expected; /* "" when absent */
    const json_t *doc;                                               /* the whole document, for showing the form */
};

enum status template_load(struct arena *a, const char *text, size_t n, const struct template **ret_t, struct err *err);

const struct tpl_param *template_param(const struct template *t, const char *name); /* NULL: none */
const char *param_type_name(enum param_type t);
const char *tpl_resource_name(enum tpl_resource r);
/* Checks one JSON value against a parameter. ST_INVALID with code wrong_type, out_of_range or not_allowed. */
enum status param_value_read(const struct tpl_param *p, const json_t *v, struct param_value *ret_v, struct err *err);

#endif
