/* The simulation templates that are installed, as one read-only snapshot shared by requests.
 *
 * The folder is looked at again at most every two seconds, by the request that asks; a change makes a new snapshot and
 * old ones live until their last request ends. A broken template is logged once and left out.
 */
#ifndef ATH_API_CATALOGUE_H
#define ATH_API_CATALOGUE_H

#include "api.h"

#include "../model/template.h"

struct catalogue_entry {
    const struct template *t;
    const char *doc; /* template.json, compact */
};

struct catalogue {
    const struct catalogue_entry *v; /* by category and title */
    size_t n;
};

/* The snapshot of now; it lives as long as the request. */
enum status catalogue_get(struct http_req *req, const struct catalogue **ret_c, struct err *err);
/* ST_NOTFOUND in words. field: where the name came from, may be NULL. */
enum status catalogue_find(struct http_req *req, const char *id, const char *field,
                           const struct catalogue_entry **ret_e, struct err *err);
/* A file of a template's folder, at most max bytes; ret_b is initialised by the callee. */
enum status catalogue_file(const struct template *t, const char *rel, size_t max, struct buf *ret_b, struct err *err);

#endif
