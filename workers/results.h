/* results.json of a run that proves its success. */
#ifndef ATH_WORKERS_RESULTS_H
#define ATH_WORKERS_RESULTS_H

#include "run.h"
#include "store.h"

struct run_results {
    char *doc, *summary; /* JSON texts */
    char sha256[SHA_HEX];
};

/* Reads, compares the hash with the manifest's, has helper-inspect check it, and looks whether the files it names are
 * there and as long as it says. ST_INVALID: they are not, in words. Other failures may pass. */
enum status results_take(const struct run *r, const char *sha256, struct run_results *ret_r, struct err *err);
void results_free(struct run_results *r);

#endif
