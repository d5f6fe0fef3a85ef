/* What expressions may know besides parameters: facts of the structure and of the site. */
#ifndef ATH_MODEL_FACTS_H
#define ATH_MODEL_FACTS_H

#include "expr.h"

#include <jansson.h>

struct fact_site {
    double cpus, gpus; /* most that one run may take there */
};

bool fact_known(const char *name);
/* The fact as a number. facts: a structure's facts (docs/contracts.md section 7); NULL: no structure, all are 0.
 * What a structure does not tell is 0. false: no such fact. */
bool fact_get(const json_t *facts, const struct fact_site *site, const char *name, double *ret_v);

#endif
