/* Request memory: many allocations, one free. Not thread-safe; one owner at a time.
 *
 * arena_* never return NULL for want of memory below `limit`: running out of
 * memory aborts (a small server cannot go on), passing `limit` returns NULL,
 * which callers turn into ST_TOOBIG. Deferred calls run in reverse order.
 */
#ifndef ATH_CORE_ARENA_H
#define ATH_CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(size_t limit);
void arena_free(struct arena *a);                   /* NULL-safe; runs deferred calls */
void *arena_alloc(struct arena *a, size_t n);       /* zeroed, 16-byte aligned */
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* fn(p) at arena_free: for PGresult, json_t, descriptors. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);
size_t arena_used(const struct arena *a);

static inline void arena_cleanup(struct arena **a)
{
    arena_free(*a);
}
#define ARENA_AUTO __attribute__((cleanup(arena_cleanup))) struct arena *

#endif
