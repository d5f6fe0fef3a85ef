/* A JSON writer into a buf: no tree, no allocation a value. Misuse (a value
 * without key in an object) is an assert. Depth at most 32. Invalid UTF-8 is
 * replaced by U+FFFD; nan and inf become null. Not thread-safe.
 */
#ifndef ATH_CORE_JSONW_H
#define ATH_CORE_JSONW_H

#include "buf.h"

#include <stdint.h>

struct jsonw {
    struct buf *b;
    unsigned depth;
    uint32_t in_object, has_item; /* a bit a level */
    bool after_key;
};

void jsonw_init(struct jsonw *w, struct buf *b);
void jsonw_obj(struct jsonw *w);
void jsonw_obj_end(struct jsonw *w);
void jsonw_arr(struct jsonw *w);
void jsonw_arr_end(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_str(struct jsonw *w, const char *s); /* NULL gives null */
void jsonw_strn(struct jsonw *w, const char *s, size_t n);
void jsonw_i64(struct jsonw *w, int64_t v);
void jsonw_u64(struct jsonw *w, uint64_t v);
void jsonw_double(struct jsonw *w, double v);
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
/* Text that is JSON already (from jsonb); NULL gives null. */
void jsonw_raw(struct jsonw *w, const char *json, size_t n);
/* key and value in one call */
void jsonw_kstr(struct jsonw *w, const char *key, const char *s);
void jsonw_ki64(struct jsonw *w, const char *key, int64_t v);
void jsonw_kdouble(struct jsonw *w, const char *key, double v);
void jsonw_kbool(struct jsonw *w, const char *key, bool v);
void jsonw_kraw(struct jsonw *w, const char *key, const char *json);
void jsonw_knull(struct jsonw *w, const char *key);

#endif
