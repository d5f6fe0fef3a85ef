/* The jobspec (run.spec, docs/contracts.md section 4): all that a run needs to be prepared, fixed at submission.
 * Pure; any thread. */
#ifndef ATH_MODEL_JOBSPEC_H
#define ATH_MODEL_JOBSPEC_H

#include "param.h"

#include "../core/jsonw.h"

#define JOBSPEC_BYTES_MAX (256 * 1024)

struct jobspec {
    const char *template_id, *template_version, *preset;         /* preset NULL: none */
    const char *structure_id, *sha256, *format, *structure_name; /* NULL: no structure */
    const json_t *params, *resolved, *derived, *estimate;
    struct param_resources res;
    const char *const *modules;
    size_t n_modules;
};

/* Writes version 1: identity and modules from js, the rest from the set (js->resolved, derived, res are not used). */
void jobspec_write(struct jsonw *w, const struct jobspec *js, const struct param_set *set);
/* Strict; everything lies in the arena. */
enum status jobspec_read(struct arena *a, const char *text, size_t n, struct jobspec *ret_js, struct err *err);
/* Resolved parameters and derived values by name, for render_text; ctx is a const struct jobspec *. */
bool jobspec_lookup(void *ctx, const char *name, struct expr_value *ret_v);
/* Calls add for each ATH_P_<NAME> and ATH_D_<NAME>; numbers as text that reads back, booleans as 1 and 0. */
void jobspec_env(const struct jobspec *js, void (*add)(void *ctx, const char *name, const char *value), void *ctx);

#endif
