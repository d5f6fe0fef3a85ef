/* What Lmod's spider says, module by module. Pure; any thread. */
#ifndef ATH_WORKERS_SPIDER_H
#define ATH_WORKERS_SPIDER_H

#include "../portal/core/err.h"

#include <jansson.h>
#include <stdbool.h>

/* Texts are borrowed from the documents; "" when spider does not say. */
struct spider_module {
    const char *full, *name, *version; /* "gromacs/2022.5", "gromacs", "2022.5" */
    bool is_default;                   /* what a plain "module load name" takes */
    const char *category, *description, *help, *url;
    const char *keywords; /* a JSON array of texts */
    char summary[256];    /* first line of the description */
    char load[512];       /* the command */
};
typedef enum status spider_take(void *ctx, const struct spider_module *m, struct err *err);

/* Calls take for each module one can load: at most 20,000, until it fails. detail: spider-json; defaults:
 * jsonSoftwarePage; either may be any JSON. */
enum status spider_read(json_t *detail, const json_t *defaults, spider_take *take, void *ctx, struct err *err);

#endif
