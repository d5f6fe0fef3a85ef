/* Requests that a foreign page makes a browser send are refused: by the session's own token in X-CSRF, which a foreign
 * page cannot know, and by what the browser says about where the request comes from (Origin, Sec-Fetch-Site).
 *
 * Programs with a Bearer token never come here: a browser does not send one by itself.
 */
#include "auth_int.h"

#include "../core/conf.h"
#include "../core/str.h"

#include <string.h>
#include <strings.h>

/* "https://host[:port]" of this portal as the browser sees it; false when it does not fit. */
static bool own_origin(const struct http_req *req, char *out, size_t cap)
{
    const char *url = g_conf->public_url;
    if (url[0]) {
        const char *host = strstr(url, "://");
        size_t n = host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/") : strlen(url);
        return str_fmt(out, cap, "%.*s", (int)n, url);
    }
    const char *host = http_header(req, "Host");
    return host && str_fmt(out, cap, "%s://%s", req->tls ? "https" : "http", host);
}

enum status csrf_check_origin(const struct http_req *req, struct err *err)
{
    char own[512];
    const char *origin = http_header(req, "Origin"), *site = http_header(req, "Sec-Fetch-Site");
    bool foreign = site && !str_eq(site, "same-origin") && !str_eq(site, "none");
    if (origin && (!own_origin(req, own, sizeof own) || strcasecmp(origin, own) != 0))
        foreign = true;
    if (!foreign)
        return ST_OK;
    err_field(err, ST_DENIED, "foreign_origin", "Origin", "This request comes from another web page.");
    return err_hint(err, "Behind a proxy, set public_url to the address people use.");
}

enum status csrf_check(const struct http_req *req, const struct principal *me, struct err *err)
{
    enum status st = csrf_check_origin(req, err);
    if (st)
        return st;
    const char *given = http_header(req, "X-CSRF");
    if (given && strlen(given) == strlen(me->csrf) && mem_eq_ct(given, me->csrf, strlen(me->csrf)))
        return ST_OK;
    err_field(err, ST_DENIED, "csrf", "X-CSRF", "The request lacks the token of your session.");
    return err_hint(err, "Send the csrf value of GET /api/v1/session as header X-CSRF.");
}
