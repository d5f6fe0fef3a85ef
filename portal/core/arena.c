/* Request memory: a list of chunks filled from the front, freed together.
 *
 * Small requests stay in the first 4 KiB chunk; later chunks double up to
 * 256 KiB, larger single allocations get a chunk of their own. `limit` counts
 * what callers asked for, so it does not depend on how chunks fill.
 */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, CHUNK_FIRST = 4096, CHUNK_MAX = 256 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used, cap;
    alignas(ALIGN) unsigned char data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *p;
};

struct arena {
    struct chunk *chunks; /* the first one is being filled */
    struct deferred *deferred;
    size_t used, limit, next_cap;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

struct arena *arena_new(size_t limit)
{
    struct arena *a = must(calloc(1, sizeof *a));

    a->limit = limit;
    a->next_cap = CHUNK_FIRST;
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    while (a->deferred) {
        struct deferred *d = a->deferred;
        a->deferred = d->next;
        d->fn(d->p);
        free(d);
    }
    for (struct chunk *c = a->chunks; c;) {
        struct chunk *next = c->next;
        free(c);
        c = next;
    }
    free(a);
}

static struct chunk *chunk_new(size_t cap)
{
    struct chunk *c = must(malloc(sizeof *c + cap));

    *c = (struct chunk){ .cap = cap };
    return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > a->limit || a->used > a->limit - n || n > SIZE_MAX - ALIGN - sizeof(struct chunk))
        return NULL;
    size_t want = (n + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    struct chunk *c = a->chunks;

    if (want > CHUNK_MAX / 4) { /* goes behind the chunk being filled, which keeps its room */
        struct chunk *own = chunk_new(want);
        own->next = c ? c->next : NULL;
        if (c)
            c->next = own;
        else
            a->chunks = own;
        c = own;
    } else if (!c || c->cap - c->used < want) {
        while (a->next_cap < want)
            a->next_cap *= 2;
        c = chunk_new(a->next_cap);
        if (a->next_cap < CHUNK_MAX)
            a->next_cap *= 2;
        c->next = a->chunks;
        a->chunks = c;
    }
    void *p = c->data + c->used;
    c->used += want;
    a->used += n;
    return memset(p, 0, want);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    if (!s || n == SIZE_MAX)
        return NULL;
    char *out = arena_alloc(a, n + 1);
    if (out)
        memcpy(out, s, n);
    return out;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;

    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        return NULL;
    char *out = arena_alloc(a, (size_t)n + 1);
    if (out)
        (void)vsnprintf(out, (size_t)n + 1, fmt, ap);
    return out;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    char *out = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return out;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
    /* Outside the limit: what must be freed must be freed, however full the arena is. */
    struct deferred *d = must(malloc(sizeof *d));

    *d = (struct deferred){ .next = a->deferred, .fn = fn, .p = p };
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
