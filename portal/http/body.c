/* Limits on bodies, before and while they are read.
 *
 * Before: a body where the row takes none, a wrong content type, a missing length, a length over the row's limit, and
 * headers that two HTTP readers could understand differently (length and chunks together, two lengths, two hosts, names
 * with blanks, values with control characters). Also 401 for a row that needs a person when the request brings no
 * credential at all, so that strangers cannot make us read. While: chunked bodies are counted, as they tell no length.
 */
#include "http_int.h"

#include "../core/conf.h"
#include "../core/num.h"
#include "../core/str.h"
#include "header.h"

#include <string.h>
#include <strings.h>

/* A proxy may have read "Content-Length : 5" or "a\rb" in its own way; we take neither. */
static bool header_plain(const char *name, const char *value)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (!*name || name[strspn(name, token)])
        return false;
    for (const char *p = value; *p; p++)
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
            return false;
    return true;
}

static enum status headers_check(const struct call *c, struct err *err)
{
    unsigned hosts = 0;
    for (unsigned i = 0; i < c->n_hdr; i++) {
        if (!header_plain(c->hdr[i][0], c->hdr[i][1]))
            return err_field(err, ST_INVALID, "bad_header", "",
                             "a header field has a blank in its name or a control character in its value");
        hosts += strcasecmp(c->hdr[i][0], "Host") == 0;
    }
    return hosts > 1 ? err_field(err, ST_INVALID, "bad_header", "Host", "more than one Host") : ST_OK;
}

static enum status framing_check(struct call *c, struct err *err)
{
    const char *length = NULL, *coding = NULL;
    c->has_body = true; /* unless it is certain that none follows */
    enum status st = headers_check(c, err);
    if (st)
        return st;
    for (unsigned i = 0; i < c->n_hdr; i++) {
        if (strcasecmp(c->hdr[i][0], "Content-Length") == 0) {
            if (length)
                return err_field(err, ST_INVALID, "bad_framing", "Content-Length", "more than one Content-Length");
            length = c->hdr[i][1];
        } else if (strcasecmp(c->hdr[i][0], "Transfer-Encoding") == 0) {
            if (coding)
                return err_field(err, ST_INVALID, "bad_framing", "Transfer-Encoding",
                                 "more than one Transfer-Encoding");
            coding = c->hdr[i][1];
        }
    }
    c->has_body = coding || (length && !str_eq(length, "0"));
    if (length && coding)
        return err_field(err, ST_INVALID, "bad_framing", "Content-Length",
                         "Content-Length and Transfer-Encoding exclude each other");
    if (coding && strcasecmp(coding, "chunked") != 0)
        return err_field(err, ST_INVALID, "bad_framing", "Transfer-Encoding", "only the chunked coding is understood");
    if (coding && c->http10)
        return err_field(err, ST_INVALID, "bad_framing", "Transfer-Encoding", "HTTP/1.0 knows no Transfer-Encoding");
    if (length && !num_i64(length, 0, INT64_MAX, &c->req.content_length))
        return err_field(err, ST_INVALID, "bad_framing", "Content-Length", "Content-Length is not a length");
    if (!length && !coding)
        c->req.content_length = 0;
    return ST_OK;
}

static enum status type_check(struct call *c, const char *want, struct err *err)
{
    const char *got = http_header(&c->req, "Content-Type");
    if (got && header_is_type(got, want))
        return ST_OK;
    return err_field(err, ST_MEDIA, "unsupported_media_type", "Content-Type", "this address takes %s", want);
}

static bool has_credential(const struct call *c)
{
    return http_header(&c->req, "Authorization") || http_header(&c->req, "Cookie");
}

static enum status too_big(const struct call *c, struct err *err)
{
    err_field(err, ST_TOOBIG, "body_too_large", NULL, "the body may have at most %lld bytes", (long long)c->body_max);
    return ST_TOOBIG;
}

enum status body_check(struct call *c, struct err *err)
{
    const struct http_route *rt = c->req.route;
    enum status st = framing_check(c, err);
    c->misframed = st != ST_OK;
    if (st || !rt)
        return st;
    if (rt->access != ACC_PUBLIC && !has_credential(c))
        return err_field(err, ST_UNAUTH, "sign_in", NULL, "sign in first, or send a token");
    if (rt->body == BODY_NONE)
        return c->has_body ? err_field(err, ST_INVALID, "body_not_expected", NULL, "this address takes no body")
                           : ST_OK;
    c->body_max = rt->body_max ? rt->body_max : rt->body == BODY_JSON ? g_conf->json_body_max : g_conf->upload_max;
    if (c->req.content_length > c->body_max)
        return too_big(c, err);
    if (rt->body == BODY_JSON)
        return c->has_body ? type_check(c, "application/json", err) : ST_OK;
    if (!c->has_body && !http_header(&c->req, "Content-Length")) {
        c->reply.code = 411;
        return err_field(err, ST_INVALID, "length_required", "Content-Length", "tell the length of the body");
    }
    return rt->content_type && c->has_body ? type_check(c, rt->content_type, err) : ST_OK;
}

enum status body_take(struct call *c, const char *p, size_t n, struct err *err)
{
    c->body_seen += (int64_t)n;
    if (c->body_seen > c->body_max)
        return too_big(c, err);
    if (c->req.route->body == BODY_STREAM)
        return c->req.route->stream->write(&c->req, p, n, err);
    buf_add(&c->body, p, n);
    return buf_ok(&c->body) ? ST_OK : too_big(c, err);
}

enum status body_end(struct call *c, struct err *err)
{
    if (c->req.content_length > 0 && c->body_seen != c->req.content_length)
        return err_field(err, ST_INVALID, "body_cut", NULL, "the body ended early");
    c->req.body = c->body.p ? c->body.p : "";
    c->req.body_len = c->body.len;
    return ST_OK;
}
