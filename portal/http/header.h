/* Readers of header fields: foreign text in, plain answers out. Pure; any thread. */
#ifndef ATH_HTTP_HEADER_H
#define ATH_HTTP_HEADER_H

#include "../core/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "application/json; charset=utf-8" is of type "application/json". */
bool header_is_type(const char *value, const char *type);
/* Does an Accept-Encoding value allow this coding (q > 0)? */
bool header_accepts(const char *value, const char *coding);
/* Does If-None-Match / If-Match name this etag (unquoted)? weak: W/ is ignored. "*" matches anything. */
bool header_etag_match(const char *value, const char *etag, bool weak);
/* The cookie's value, copied to a; NULL when absent. */
char *header_cookie(struct arena *a, const char *value, const char *name);
/* "Fri, 20 Nov 2026 19:30:21 GMT"; out needs 32 bytes. */
void header_date(int64_t unix_s, char *out);
/* The same back; false for any other form. */
bool header_parse_date(const char *s, int64_t *ret_unix_s);
/* A byte range of a file of `size` bytes. NONE: no or several ranges or a form to be ignored: send everything. */
enum header_range { RANGE_NONE, RANGE_OK, RANGE_UNSATISFIABLE };
enum header_range header_parse_range(const char *value, int64_t size, int64_t *ret_first, int64_t *ret_last);

#endif
