/* The growing buffer. An empty buffer owns no memory (cap 0) and points to a
 * shared "", so that p is always a string. Running out of memory aborts, like
 * in the arena; passing `max` makes the buffer failed until it is reset.
 */
#include "buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char g_empty[1]; /* never written to: cap 0 tells it is not ours */

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){ .p = g_empty, .max = max };
}

void buf_free(struct buf *b)
{
    if (!b)
        return;
    if (b->cap)
        free(b->p);
    buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->cap)
        b->p[0] = '\0';
    else
        b->p = g_empty;
}

/* Room for n more bytes and the NUL. */
static bool buf_room(struct buf *b, size_t n)
{
    if (b->failed)
        return false;
    if (n > b->max || b->len > b->max - n || n > SIZE_MAX / 4 || b->len > SIZE_MAX / 4) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + n + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    char *p = realloc(b->cap ? b->p : NULL, cap);
    if (!p)
        abort();
    b->p = p;
    b->cap = cap;
    return true;
}

char *buf_extend(struct buf *b, size_t n)
{
    if (!buf_room(b, n))
        return NULL;
    char *at = b->p + b->len;
    b->len += n;
    b->p[b->len] = '\0';
    return at;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    if (!buf_room(b, n))
        return;
    if (n)
        memcpy(b->p + b->len, p, n);
    b->len += n;
    b->p[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;

    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if (!buf_room(b, (size_t)n))
        return;
    (void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
    b->len += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

char *buf_take(struct buf *b, size_t *ret_len)
{
    char *p = NULL;

    if (!b->failed && buf_room(b, 0)) {
        p = b->p;
        p[b->len] = '\0';
        if (ret_len)
            *ret_len = b->len;
        b->cap = 0;
    } else if (ret_len) {
        *ret_len = 0;
    }
    buf_free(b);
    return p;
}
