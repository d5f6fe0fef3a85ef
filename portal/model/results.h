/* results.json (docs/contracts.md section 3) from a job: foreign, so limited, checked and made regular.
 *
 * The document that comes out has every list present, only known keys, names that are unique slugs within
 * their list and paths that stay in their folder. Unknown keys are dropped and counted in a warning, since a long run
 * should not fail over one. Pure: whether files exist is for the collector. Any thread.
 */
#ifndef ATH_MODEL_RESULTS_H
#define ATH_MODEL_RESULTS_H

#include "../core/err.h"

#include <jansson.h>
#include <stddef.h>

/* ret_doc: the caller's reference. ST_INVALID (or ST_TOOBIG over max bytes) names the place. */
enum status results_validate(const char *text, size_t n, size_t max, json_t **ret_doc, struct err *err);

#endif
