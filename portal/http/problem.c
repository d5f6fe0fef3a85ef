/* Errors on the wire: status -> HTTP code in one table, and problem+json (RFC 9457) for all of them.
 *
 * A caller that needs another code of the same class (405, 411, 428) sets ret->code beforehand; headers already set
 * (Allow, Retry-After, tus) stay. Nothing from err->detail or err->sqlstate leaves the process.
 */
#include "http_int.h"

#include "../core/jsonw.h"

#include <string.h>
#include <strings.h>

static const int g_codes[] = {
    [ST_OK] = 200,        [ST_INVALID] = 400,      [ST_UNAUTH] = 401, [ST_DENIED] = 403,  [ST_NOTFOUND] = 404,
    [ST_CONFLICT] = 409,  [ST_PRECONDITION] = 412, [ST_TOOBIG] = 413, [ST_MEDIA] = 415,   [ST_LOCKED] = 423,
    [ST_THROTTLED] = 429, [ST_QUOTA] = 507,        [ST_RETRY] = 503,  [ST_UNAVAIL] = 503, [ST_FATAL] = 500,
};

int http_code_of(enum status st)
{
    return st >= ST_OK && st <= ST_FATAL ? g_codes[st] : 500;
}

static bool has_header(const struct http_reply *r, const char *name)
{
    for (unsigned i = 0; i < r->n_hdr; i++)
        if (strcasecmp(r->hdr[i][0], name) == 0)
            return true;
    return false;
}

/* Codes that clients must tell apart though the status is the same. */
static int code_of(const struct err *err)
{
    if (err->st == ST_PRECONDITION && strcmp(err->code, "precondition_required") == 0)
        return 428;
    if (err->st == ST_TOOBIG && strcmp(err->code, "uri_too_long") == 0)
        return 414;
    if (err->st == ST_TOOBIG && strcmp(err->code, "too_many_headers") == 0)
        return 431;
    return http_code_of(err->st);
}

void http_problem(const struct http_req *req, const struct err *err, struct http_reply *ret)
{
    enum status st = err->st > ST_OK && err->st <= ST_FATAL ? err->st : ST_FATAL;
    reply_drop(ret);
    if (ret->code < 400)
        ret->code = code_of(err);
    ret->kind = REPLY_BUF;
    ret->type = "application/problem+json";
    ret->etag = NULL;
    ret->cache = "no-store";
    if ((st == ST_UNAVAIL || st == ST_RETRY || st == ST_THROTTLED) && !has_header(ret, "Retry-After"))
        http_reply_header(ret, "Retry-After", st == ST_RETRY ? "1" : "5");
    if (st == ST_UNAUTH && !has_header(ret, "WWW-Authenticate"))
        http_reply_header(ret, "WWW-Authenticate", "Bearer");

    if (ret->body.max == 0)
        buf_init(&ret->body, 64 * 1024);
    buf_reset(&ret->body);
    struct jsonw w;
    jsonw_init(&w, &ret->body);
    jsonw_obj(&w);
    jsonw_kstr(&w, "type", "about:blank");
    const char *title = MHD_get_reason_phrase_for((unsigned)ret->code); /* what RFC 9457 wants with about:blank */
    jsonw_kstr(&w, "title", title);
    jsonw_ki64(&w, "status", ret->code);
    jsonw_kstr(&w, "code", err->code[0] ? err->code : status_name(st));
    jsonw_kstr(&w, "detail", err->text[0] ? err->text : title);
    if (err->field[0])
        jsonw_kstr(&w, "field", err->field);
    if (err->hint[0])
        jsonw_kstr(&w, "hint", err->hint);
    jsonw_kstr(&w, "request_id", req->id);
    jsonw_obj_end(&w);
}
