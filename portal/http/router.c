/* The routing table, compiled at start.
 *
 * Rows are split into segments and sorted so that a literal segment is tried before a ":name" and that before "*";
 * the first row that fits wins. With some eighty rows a linear scan costs about a microsecond, so there is no tree.
 * Two rows of one method that fit the same paths are a defect and stop the start.
 */
#include "http_int.h"

#include "../core/str.h"

#include <stdlib.h>
#include <string.h>

#define ROUTE_SEGMENTS 12

struct row {
    const struct http_route *route;
    unsigned index; /* in the caller's table: metrics */
    unsigned n_seg;
    bool wildcard;
    struct {
        const char *p;
        size_t n;
        bool param;
    } seg[ROUTE_SEGMENTS];
};

struct router {
    struct row *rows;
    unsigned n;
    const struct http_route *first;
};

static const char *const g_methods[] = {
    [HM_GET] = "GET",       [HM_POST] = "POST",       [HM_PUT] = "PUT",   [HM_PATCH] = "PATCH",
    [HM_DELETE] = "DELETE", [HM_OPTIONS] = "OPTIONS", [HM_HEAD] = "HEAD",
};

enum http_method method_parse(const char *s)
{
    for (int m = HM_GET; m <= HM_HEAD; m++)
        if (strcmp(s, g_methods[m]) == 0)
            return (enum http_method)m;
    return (enum http_method)0;
}

const char *method_name(enum http_method m)
{
    return m >= HM_GET && m <= HM_HEAD ? g_methods[m] : "?";
}

char *method_allow(struct arena *a, unsigned bits)
{
    if (bits & 1u << HM_GET)
        bits |= 1u << HM_HEAD;
    bits |= 1u << HM_OPTIONS;
    char *out = NULL;
    for (int m = HM_GET; m <= HM_HEAD; m++)
        if (bits & 1u << m)
            out = out ? arena_printf(a, "%s, %s", out, g_methods[m]) : arena_strdup(a, g_methods[m]);
    return out;
}

static enum status row_compile(const struct http_route *rt, unsigned index, struct row *ret_row, struct err *err)
{
    struct row w = { .route = rt, .index = index };
    const char *p = rt->pattern;
    unsigned n_arg = 0;
    if (!p || *p != '/')
        return err_set(err, ST_FATAL, "route %s: the pattern must begin with '/'", rt->name);
    if (!rt->handler || rt->method < HM_GET || rt->method > HM_HEAD)
        return err_set(err, ST_FATAL, "route %s: no handler or no method", rt->name);
    if (rt->body == BODY_STREAM && !rt->stream)
        return err_set(err, ST_FATAL, "route %s: a streamed body needs stream functions", rt->name);
    while (*p && p[1]) {
        const char *s = p + 1;
        size_t n = strcspn(s, "/");
        if (w.n_seg == ROUTE_SEGMENTS || n == 0)
            return err_set(err, ST_FATAL, "route %s: empty segment or too many", rt->name);
        if (n == 1 && *s == '*') {
            if (s[1] || !(rt->flags & ROUTE_WILDCARD))
                return err_set(err, ST_FATAL, "route %s: '*' must be last and flagged ROUTE_WILDCARD", rt->name);
            w.wildcard = true;
            n_arg++;
            break;
        }
        w.seg[w.n_seg].p = s;
        w.seg[w.n_seg].n = n;
        w.seg[w.n_seg].param = *s == ':';
        n_arg += *s == ':';
        w.n_seg++;
        p = s + n;
    }
    if (n_arg > 4 || (!w.wildcard && rt->flags & ROUTE_WILDCARD))
        return err_set(err, ST_FATAL, "route %s: more than 4 arguments, or a wildcard flag without '*'", rt->name);
    *ret_row = w;
    return ST_OK;
}

/* Literal < parameter < wildcard, segment by segment; then the text, then the method, to make the order total. */
static int row_order(const void *pa, const void *pb)
{
    const struct row *a = pa, *b = pb;
    for (unsigned i = 0; i < a->n_seg && i < b->n_seg; i++) {
        if (a->seg[i].param != b->seg[i].param)
            return a->seg[i].param ? 1 : -1;
        if (!a->seg[i].param) {
            size_t n = a->seg[i].n < b->seg[i].n ? a->seg[i].n : b->seg[i].n;
            int d = memcmp(a->seg[i].p, b->seg[i].p, n);
            if (d == 0)
                d = (a->seg[i].n > b->seg[i].n) - (a->seg[i].n < b->seg[i].n);
            if (d)
                return d;
        }
    }
    if (a->wildcard != b->wildcard)
        return a->wildcard ? 1 : -1;
    if (a->n_seg != b->n_seg)
        return a->n_seg > b->n_seg ? -1 : 1; /* the longer literal part first */
    return (int)a->route->method - (int)b->route->method;
}

enum status router_new(const struct http_route *routes, struct router **ret_r, struct err *err)
{
    struct router *r = calloc(1, sizeof *r);
    unsigned n = 0;
    while (routes[n].name)
        n++;
    if (r)
        r->rows = calloc(n ? n : 1, sizeof *r->rows);
    if (!r || !r->rows) {
        router_free(r);
        return err_set(err, ST_FATAL, "out of memory for the routing table");
    }
    r->n = n;
    r->first = routes;
    for (unsigned i = 0; i < n; i++) {
        enum status st = row_compile(&routes[i], i, &r->rows[i], err);
        if (st) {
            router_free(r);
            return st;
        }
    }
    qsort(r->rows, n, sizeof *r->rows, row_order);
    for (unsigned i = 1; i < n; i++)
        if (row_order(&r->rows[i - 1], &r->rows[i]) == 0) {
            enum status st = err_set(err, ST_FATAL, "routes %s and %s are the same path and method",
                                     r->rows[i - 1].route->name, r->rows[i].route->name);
            router_free(r);
            return st;
        }
    *ret_r = r;
    return ST_OK;
}

void router_free(struct router *r)
{
    if (!r)
        return;
    free(r->rows);
    free(r);
}

static bool row_fits(const struct row *w, const struct url *u)
{
    if (w->wildcard ? u->n_seg < w->n_seg : u->n_seg != w->n_seg)
        return false;
    for (unsigned i = 0; i < w->n_seg; i++)
        if (!w->seg[i].param && (strncmp(u->seg[i], w->seg[i].p, w->seg[i].n) != 0 || u->seg[i][w->seg[i].n] != '\0'))
            return false;
    return true;
}

static void row_capture(const struct row *w, const struct url *u, struct arena *a, const char *arg[4])
{
    unsigned n = 0;
    for (unsigned i = 0; i < w->n_seg; i++)
        if (w->seg[i].param)
            arg[n++] = u->seg[i];
    if (!w->wildcard)
        return;
    size_t len = 1;
    for (unsigned i = w->n_seg; i < u->n_seg; i++)
        len += strlen(u->seg[i]) + 1;
    char *rest = arena_alloc(a, len);
    char *p = rest;
    for (unsigned i = w->n_seg; rest && i < u->n_seg; i++) {
        if (i > w->n_seg)
            *p++ = '/';
        size_t k = strlen(u->seg[i]);
        memcpy(p, u->seg[i], k);
        p += k;
    }
    arg[n] = rest ? rest : "";
}

const struct http_route *router_find(const struct router *r, const struct url *u, enum http_method m, struct arena *a,
                                     const char *arg[4], unsigned *ret_allow)
{
    const struct row *hit = NULL;
    *ret_allow = 0;
    for (unsigned i = 0; i < r->n; i++) {
        const struct row *w = &r->rows[i];
        if (!row_fits(w, u) || (hit && !str_eq(hit->route->pattern, w->route->pattern)))
            continue;
        *ret_allow |= 1u << w->route->method;
        if (w->route->method == m) {
            hit = w;
            break;
        }
        if (m == HM_HEAD && w->route->method == HM_GET && !hit)
            hit = w;
    }
    if (!hit)
        return NULL;
    row_capture(hit, u, a, arg);
    return hit->route;
}

const struct http_route *router_at(const struct router *r, unsigned i)
{
    return &r->first[i];
}
unsigned router_count(const struct router *r)
{
    return r->n;
}

unsigned router_index(const struct router *r, const struct http_route *route)
{
    return route ? (unsigned)(route - r->first) : r->n;
}
