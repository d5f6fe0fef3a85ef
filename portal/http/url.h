/* Request targets: split once, decoded once, refused when two readers could read them differently. Pure; any thread. */
#ifndef ATH_HTTP_URL_H
#define ATH_HTTP_URL_H

#include "../core/arena.h"
#include "../core/err.h"

#include <stdbool.h>

#define URL_MAX          8192
#define URL_MAX_SEGMENTS 64
#define URL_MAX_QUERY    64

struct url {
    const char *path; /* decoded, for logs */
    const char *seg[URL_MAX_SEGMENTS];
    unsigned n_seg; /* "/" has none */
    struct {
        const char *name, *value;
    } query[URL_MAX_QUERY];
    unsigned n_query;
};

/* ST_INVALID for anything but origin-form "/a/b?x=y" whose segments are non-empty UTF-8 without encoded or plain
 * NUL, '\', encoded '/', control bytes, "." or "..". ST_TOOBIG past the limits. ret_u is all zero on failure. */
enum status url_parse(struct arena *a, const char *raw, struct url *ret_u, struct err *err);

#endif
