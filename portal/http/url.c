/* Request targets.
 *
 * libmicrohttpd hands out the path already decoded, so "/a%2Fb" looks like "/a/b" and "%00" cuts a string short. We
 * take the raw target, cut it at '/', decode every segment exactly once and refuse what has no single reading.
 * Query values may hold any text, but no NUL, and must be UTF-8 too; '+' is a space there.
 */
#include "url.h"

#include "../core/id.h"
#include "../core/str.h"

#include <string.h>

/* Decodes n bytes of s into arena memory; NULL on a bad escape, an encoded NUL or bad UTF-8. */
static char *decode(struct arena *a, const char *s, size_t n, bool plus)
{
    char *out = arena_alloc(a, n + 1);
    if (!out)
        return NULL;
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '%') {
            int hi = n - i > 2 ? hex_value(s[i + 1]) : -1;
            int lo = n - i > 2 ? hex_value(s[i + 2]) : -1;
            if (hi < 0 || lo < 0)
                return NULL;
            c = (char)(hi * 16 + lo);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (c == '\0')
            return NULL;
        out[len++] = c;
    }
    out[len] = '\0';
    return utf8_valid(out, len) ? out : NULL;
}

static bool segment_safe(const char *seg)
{
    if (!*seg || str_eq(seg, ".") || str_eq(seg, ".."))
        return false;
    for (const char *p = seg; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '/' || *p == '\\')
            return false;
    return true;
}

static enum status bad_path(struct err *err)
{
    return err_field(err, ST_INVALID, "bad_path", "path",
                     "the path holds an empty, dotted, badly encoded or forbidden segment");
}

static enum status parse_query(struct arena *a, const char *q, struct url *u, struct err *err)
{
    while (*q) {
        size_t n = strcspn(q, "&");
        if (n) {
            const char *eq = memchr(q, '=', n);
            size_t n_name = eq ? (size_t)(eq - q) : n;
            if (u->n_query == URL_MAX_QUERY)
                return err_field(err, ST_TOOBIG, "too_many_parameters", "query", "more than %d query parameters",
                                 URL_MAX_QUERY);
            const char *name = decode(a, q, n_name, true);
            const char *value = eq ? decode(a, eq + 1, n - n_name - 1, true) : "";
            if (!name || !value)
                return err_field(err, ST_INVALID, "bad_query", "query",
                                 "a query parameter is badly encoded, holds a NUL byte or is not UTF-8");
            u->query[u->n_query].name = name;
            u->query[u->n_query].value = value;
            u->n_query++;
        }
        q += n;
        if (*q == '&')
            q++;
    }
    return ST_OK;
}

static enum status parse_path(struct arena *a, const char *raw, size_t n, struct url *u, struct err *err)
{
    if (n == 1) {
        u->path = "/";
        return ST_OK;
    }
    char *path = arena_alloc(a, n + 1);
    if (!path)
        return err_set(err, ST_TOOBIG, "the path is too long");
    size_t len = 0;
    const char *p = raw;
    const char *end = raw + n;
    while (p < end) { /* *p is '/' */
        const char *s = p + 1;
        const char *next = memchr(s, '/', (size_t)(end - s));
        if (!next)
            next = end;
        if (u->n_seg == URL_MAX_SEGMENTS)
            return err_field(err, ST_TOOBIG, "path_too_deep", "path", "the path has more than %d segments",
                             URL_MAX_SEGMENTS);
        const char *seg = decode(a, s, (size_t)(next - s), false);
        if (!seg || !segment_safe(seg))
            return bad_path(err);
        u->seg[u->n_seg++] = seg;
        path[len++] = '/';
        size_t n_seg = strlen(seg);
        memcpy(path + len, seg, n_seg + 1);
        len += n_seg;
        p = next;
    }
    u->path = path;
    return ST_OK;
}

enum status url_parse(struct arena *a, const char *raw, struct url *ret_u, struct err *err)
{
    *ret_u = (struct url){ 0 };
    size_t n = strlen(raw);
    if (n > URL_MAX)
        return err_field(err, ST_TOOBIG, "uri_too_long", "path", "the address is longer than %d bytes", URL_MAX);
    if (raw[0] != '/')
        return err_field(err, ST_INVALID, "bad_path", "path", "the request target must begin with '/'");
    size_t n_path = strcspn(raw, "?#");
    if (raw[n_path] == '#')
        return bad_path(err);
    struct url u = { 0 };
    enum status st = parse_path(a, raw, n_path, &u, err);
    if (st == ST_OK && raw[n_path] == '?')
        st = parse_query(a, raw + n_path + 1, &u, err);
    if (st == ST_OK)
        *ret_u = u;
    return st;
}
