/* What a handler may ask of its request: headers, query, cookies. Everything was copied or decoded in the first
 * callback, so executors read it without touching MHD. A request without a connection (unit tests) has neither.
 */
#include "http_int.h"
#include "header.h"

#include "../core/num.h"
#include "../core/str.h"

#include <string.h>
#include <strings.h>

const char *http_header(const struct http_req *req, const char *name)
{
    const struct call *c = req->conn;
    for (unsigned i = 0; c && i < c->n_hdr; i++)
        if (strcasecmp(c->hdr[i][0], name) == 0)
            return c->hdr[i][1];
    return NULL;
}

const char *http_query(const struct http_req *req, const char *name)
{
    const struct call *c = req->conn;
    for (unsigned i = 0; c && c->url && i < c->url->n_query; i++)
        if (strcmp(c->url->query[i].name, name) == 0)
            return c->url->query[i].value;
    return NULL;
}

const char *http_cookie(const struct http_req *req, const char *name)
{
    const struct call *c = req->conn;
    for (unsigned i = 0; c && i < c->n_hdr; i++)
        if (strcasecmp(c->hdr[i][0], "Cookie") == 0) {
            const char *v = header_cookie(req->arena, c->hdr[i][1], name);
            if (v)
                return v;
        }
    return NULL;
}

enum status http_query_i64(const struct http_req *req, const char *name, int64_t def, int64_t min, int64_t max,
                           int64_t *ret_v, struct err *err)
{
    const char *s = http_query(req, name);
    int64_t v = def;
    if (s && !num_i64(s, min, max, &v))
        return err_field(err, ST_INVALID, "bad_parameter", name, "%s must be a whole number from %lld to %lld", name,
                         (long long)min, (long long)max);
    *ret_v = v;
    return ST_OK;
}

enum status http_query_only(const struct http_req *req, const char *const allowed[], struct err *err)
{
    const struct call *c = req->conn;
    for (unsigned i = 0; c && c->url && i < c->url->n_query; i++) {
        const char *name = c->url->query[i].name;
        unsigned k = 0;
        while (allowed[k] && !str_eq(allowed[k], name))
            k++;
        if (!allowed[k]) {
            char shown[64];
            utf8_sanitize(name, strlen(name), shown, sizeof shown);
            return err_field(err, ST_INVALID, "unknown_parameter", shown, "there is no query parameter \"%s\" here",
                             shown);
        }
        for (unsigned j = 0; j < i; j++)
            if (str_eq(c->url->query[j].name, name))
                return err_field(err, ST_INVALID, "repeated_parameter", name, "%s is given twice", name);
    }
    return ST_OK;
}
