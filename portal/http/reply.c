/* From a filled struct http_reply to what goes out.
 *
 * Flow: conditional request -> range -> compression -> body source -> headers. Runs where the call is (mostly on an
 * executor), so that the event thread only queues the result. Every reply carries the security headers below; only
 * the application's own pages may load anything at all, everything else is sandboxed, so that a file somebody uploaded
 * is harmless even when it is opened in the browser.
 */
#include "http_int.h"
#include "header.h"

#include "../core/log.h"
#include "../core/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_MIN 2048 /* below this the saved packet is not worth the time */

static const char g_csp_page[] =
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";
static const char g_csp_data[] = "default-src 'none'; frame-ancestors 'none'; sandbox";

static const char *const g_security[][2] = {
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
    { "Referrer-Policy", "same-origin" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()" },
};

/* ---- what handlers call ---- */

void http_reply_header(struct http_reply *r, const char *name, const char *value)
{
    unsigned room = sizeof r->hdr / sizeof *r->hdr;
    if (!value || r->n_hdr == room)
        return;
    r->hdr[r->n_hdr][0] = name;
    r->hdr[r->n_hdr][1] = value;
    r->n_hdr++;
}

void http_reply_attachment(struct http_req *req, struct http_reply *r, const char *filename)
{
    size_t n = strlen(filename);
    char *clean = arena_alloc(req->arena, 3 * n + 1);
    BUF_AUTO b = { 0 };
    buf_init(&b, 16 * 1024);
    if (!clean)
        return;
    (void)utf8_sanitize(filename, n, clean, 3 * n + 1);
    buf_adds(&b, "attachment; filename=\"");
    for (const char *p = clean; *p; p++)
        if ((*p & 0xc0) != 0x80) /* one '_' a character, not a byte */
            buf_addc(&b, *p >= 0x20 && *p < 0x7f && !strchr("\"\\/%", *p) ? *p : '_');
    buf_adds(&b, "\"; filename*=UTF-8''");
    for (const char *p = clean; *p; p++) {
        unsigned char ch = (unsigned char)*p;
        if ((ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z') || strchr("-._~", ch))
            buf_addc(&b, *p);
        else
            buf_printf(&b, "%%%02X", ch);
    }
    http_reply_header(r, "Content-Disposition", buf_ok(&b) ? arena_strdup(req->arena, b.p) : "attachment");
}

void http_reply_cookie(struct http_req *req, struct http_reply *r, const char *name, const char *value,
                       int64_t max_age_s)
{
    http_reply_header(r, "Set-Cookie",
                      arena_printf(req->arena, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s", name, value,
                                   (long long)max_age_s, req->tls ? "; Secure" : ""));
}

void reply_drop(struct http_reply *r)
{
    if (r->kind == REPLY_FD && r->fd >= 0)
        (void)close(r->fd);
    r->fd = -1;
    if (r->sse)
        sse_drop(r->sse);
    r->sse = NULL;
    if (r->pull_free)
        r->pull_free(r->pull_ctx);
    r->pull = NULL;
    r->pull_free = NULL;
    r->pull_ctx = NULL;
}

/* ---- conditions and ranges ---- */

static bool is_read(const struct call *c)
{
    return c->req.method == HM_GET || c->req.method == HM_HEAD;
}

/* RFC 9110 13.2.2: If-None-Match wins over If-Modified-Since. mtime 0: unknown. */
static bool not_modified(const struct call *c, int64_t mtime)
{
    if (!is_read(c) || c->code != 200)
        return false;
    const char *v = http_header(&c->req, "If-None-Match");
    if (v)
        return c->reply.etag && header_etag_match(v, c->reply.etag, true);
    int64_t since;
    v = http_header(&c->req, "If-Modified-Since");
    return v && mtime && header_parse_date(v, &since) && mtime <= since;
}

static bool range_holds(const struct call *c, int64_t mtime)
{
    const char *v = http_header(&c->req, "If-Range");
    int64_t date;
    if (!v)
        return true;
    if (*v == '"')
        return c->reply.etag && header_etag_match(v, c->reply.etag, false);
    return mtime && header_parse_date(v, &date) && date == mtime;
}

static struct MHD_Response *empty_response(void)
{
    return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
}

static struct MHD_Response *build_fd(struct call *c)
{
    struct http_reply *r = &c->reply;
    struct arena *a = c->req.arena;
    struct stat sb;
    char date[32];
    int64_t mtime = fstat(r->fd, &sb) == 0 ? (int64_t)sb.st_mtime : 0;
    int64_t first = 0, last = r->fd_size - 1;
    if (mtime) {
        header_date(mtime, date);
        http_reply_header(r, "Last-Modified", arena_strdup(a, date));
    }
    http_reply_header(r, "Accept-Ranges", "bytes");
    if (not_modified(c, mtime)) {
        c->code = 304;
        return empty_response();
    }
    const char *range = c->req.method == HM_GET && c->code == 200 ? http_header(&c->req, "Range") : NULL;
    if (range && range_holds(c, mtime)) {
        switch (header_parse_range(range, r->fd_size, &first, &last)) {
        case RANGE_UNSATISFIABLE:
            c->code = 416;
            http_reply_header(r, "Content-Range", arena_printf(a, "bytes */%lld", (long long)r->fd_size));
            return empty_response();
        case RANGE_OK:
            c->code = 206;
            http_reply_header(
                r, "Content-Range",
                arena_printf(a, "bytes %lld-%lld/%lld", (long long)first, (long long)last, (long long)r->fd_size));
            break;
        case RANGE_NONE:
            break;
        }
    }
    c->sent = last - first + 1;
    if (c->sent == 0) /* MHD takes no empty file */
        return empty_response();
    struct MHD_Response *res = MHD_create_response_from_fd_at_offset64((uint64_t)c->sent, r->fd, (uint64_t)first);
    if (res)
        r->fd = -1; /* MHD closes it */
    return res;
}

/* ---- bodies in memory ---- */

static bool gzip_wanted(const struct call *c)
{
    const struct http_reply *r = &c->reply;
    const char *accept = http_header(&c->req, "Accept-Encoding");
    return c->req.method == HM_GET && !r->negotiate_none && !r->etag && r->body.len >= GZIP_MIN && accept &&
           (strstr(r->type, "json") || str_starts(r->type, "text/")) && header_accepts(accept, "gzip");
}

static bool gzip(struct buf *b)
{
    z_stream z = { 0 };
    if (b->len > UINT32_MAX || deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    uLong cap = deflateBound(&z, (uLong)b->len);
    char *out = malloc(cap);
    z.next_in = (Bytef *)b->p;
    z.avail_in = (uInt)b->len;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)cap;
    bool ok = out && deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (ok) {
        buf_reset(b);
        buf_add(b, out, z.total_out);
    }
    (void)deflateEnd(&z);
    free(out);
    return ok;
}

static struct MHD_Response *build_buf(struct call *c)
{
    struct http_reply *r = &c->reply;
    if (!buf_ok(&r->body)) {
        log_kv(LOG_ERROR, "http.reply", "the reply outgrew its buffer", "route", c->req.route ? c->req.route->name : "",
               NULL);
        return NULL;
    }
    if (r->etag && not_modified(c, 0)) {
        c->code = 304;
        return empty_response();
    }
    if (gzip_wanted(c)) {
        http_reply_header(r, "Vary", "Accept-Encoding");
        if (gzip(&r->body))
            http_reply_header(r, "Content-Encoding", "gzip");
    }
    size_t n;
    c->sent = c->req.method == HM_HEAD ? 0 : (int64_t)r->body.len;
    char *p = buf_take(&r->body, &n);
    if (!p || n == 0) {
        free(p);
        return empty_response();
    }
    struct MHD_Response *res = MHD_create_response_from_buffer(n, p, MHD_RESPMEM_MUST_FREE);
    if (!res)
        free(p);
    c->raw = res ? p : NULL;
    c->raw_len = res ? n : 0;
    return res;
}

static struct MHD_Response *build_sse(struct call *c)
{
    if (!c->reply.sse)
        return NULL;
    struct MHD_Response *res =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 512, sse_read, c->reply.sse, sse_end);
    if (res) {
        c->sse = c->reply.sse;
        c->reply.sse = NULL;
    }
    return res;
}

static struct MHD_Response *build_pull(struct call *c)
{
    if (c->reply.etag && not_modified(c, 0)) {
        c->code = 304;
        return empty_response();
    }
    struct pull_stream *ps = pull_new(c->s->puller, c);
    if (!ps)
        return NULL;
    struct MHD_Response *res = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16 * 1024, pull_read, ps, pull_end);
    if (!res)
        pull_end(ps);
    return res;
}

/* ---- headers ---- */

static const char *cache_of(const struct http_reply *r)
{
    if (r->cache)
        return r->cache;
    return r->etag ? "private, no-cache" : "private, no-store";
}

static bool is_page(const struct call *c)
{
    return c->req.route && (c->req.route->handler == http_static ||
                            (c->reply.kind == REPLY_BUF && c->reply.type && str_starts(c->reply.type, "text/html")));
}

/* Calls add for every header of the reply. */
static void each_header(const struct call *c, void (*add)(void *ctx, const char *name, const char *value), void *ctx)
{
    const struct http_reply *r = &c->reply;
    for (unsigned i = 0; i < sizeof g_security / sizeof *g_security; i++)
        add(ctx, g_security[i][0], g_security[i][1]);
    add(ctx, "Content-Security-Policy", is_page(c) ? g_csp_page : g_csp_data);
    if (atomic_load(&c->s->stopping) || c->misframed)
        add(ctx, "Connection", "close");
    if (c->req.tls)
        add(ctx, "Strict-Transport-Security", "max-age=31536000");
    add(ctx, "X-Request-Id", c->id);
    add(ctx, "Cache-Control", cache_of(r));
    if (c->code != 204 && c->code != 304)
        add(ctx, "Content-Type", r->type);
    for (unsigned i = 0; i < r->n_hdr; i++)
        add(ctx, r->hdr[i][0], r->hdr[i][1]);
    if (r->etag) {
        char tag[160];
        if (str_fmt(tag, sizeof tag, "\"%s\"", r->etag))
            add(ctx, "ETag", tag);
    }
}

static void add_mhd(void *ctx, const char *name, const char *value)
{
    if (MHD_add_response_header(ctx, name, value) != MHD_YES)
        log_kv(LOG_WARN, "http.reply", "a header could not be sent", "name", name, NULL);
}

static void add_raw(void *ctx, const char *name, const char *value)
{
    if (!strpbrk(value, "\r\n")) /* MHD refuses such values itself */
        buf_printf(ctx, "%s: %s\r\n", name, value);
}

void reply_raw(struct call *c, struct buf *out)
{
    buf_printf(out, "HTTP/1.1 %d %s\r\n", c->code, MHD_get_reason_phrase_for((unsigned)c->code));
    each_header(c, add_raw, out);
    buf_printf(out, "Content-Length: %zu\r\n%s\r\n", c->raw_len,
               atomic_load(&c->s->stopping) || c->misframed ? "" : "Connection: close\r\n");
    if (c->req.method != HM_HEAD)
        buf_add(out, c->raw, c->raw_len);
}

void reply_build(struct call *c)
{
    struct http_reply *r = &c->reply;
    struct MHD_Response *res = NULL;
    if (c->res) {
        MHD_destroy_response(c->res);
        c->res = NULL;
        c->raw = NULL;
        c->raw_len = 0;
        c->sse = NULL;
    }
    c->code = r->code ? r->code : 200;
    if (!r->type)
        r->type = "application/json";
    switch (r->kind) {
    case REPLY_BUF:
        res = build_buf(c);
        break;
    case REPLY_FD:
        res = build_fd(c);
        break;
    case REPLY_PULL:
        res = build_pull(c);
        break;
    case REPLY_SSE:
        res = build_sse(c);
        break;
    }
    if (!res) {
        reply_drop(r);
        r->kind = REPLY_BUF;
        r->type = "text/plain";
        c->code = 500;
        res = empty_response();
    }
    if (res && c->req.method == HM_HEAD && (r->kind == REPLY_PULL || r->kind == REPLY_SSE))
        /* MHD would end a chunked reply to HEAD with a last chunk, bytes that belong to no body: end by closing
         * instead. */
        MHD_set_response_options(res, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    if (res)
        each_header(c, add_mhd, res);
    c->res = res;
}
