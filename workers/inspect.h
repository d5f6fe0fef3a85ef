/* Foreign documents through helper-inspect (docs/contracts.md section 7). Any thread. */
#ifndef ATH_WORKERS_INSPECT_H
#define ATH_WORKERS_INSPECT_H

#include "../portal/core/err.h"

#include <jansson.h>

/* mode "structure" (name: the file's own) or "results" (name ""). fd is read from where it stands.
 * ST_OK: *ret_doc is the helper's answer, the caller's to free.
 * ST_INVALID: refused; err holds code, text and hint for people (also when the helper exceeded its limits).
 * ST_UNAVAIL: the helper could not be run. */
enum status inspect_run(const char *mode, const char *name, int fd, json_t **ret_doc, struct err *err);

#endif
