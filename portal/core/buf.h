/* A growing byte buffer with a ceiling. Sticky failure: after passing `max`,
 * every add is ignored and buf_ok() is false, so callers check once.
 * Always NUL-terminated past len. Not thread-safe.
 */
#ifndef ATH_CORE_BUF_H
#define ATH_CORE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *p;
    size_t len, cap, max;
    bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);  /* NULL-safe, leaves an empty usable buffer */
void buf_reset(struct buf *b); /* keeps the memory */
void buf_add(struct buf *b, const void *p, size_t n);
/* n bytes more, for the caller to fill at once; NULL when failed. */
char *buf_extend(struct buf *b, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Hands over the memory (malloc'd); the buffer is empty afterwards. NULL when failed. */
char *buf_take(struct buf *b, size_t *ret_len);
static inline bool buf_ok(const struct buf *b)
{
    return !b->failed;
}
#define BUF_AUTO __attribute__((cleanup(buf_free))) struct buf

#endif
