/* The route table as JSON, for `athanor --show-routes`: tests walk every row with every kind of caller. */
#include "api.h"

static const char *const METHODS[] = {
    [HM_GET] = "GET",       [HM_POST] = "POST",       [HM_PUT] = "PUT",  [HM_PATCH] = "PATCH",
    [HM_DELETE] = "DELETE", [HM_OPTIONS] = "OPTIONS", [HM_HEAD] = "HEAD"
};
static const char *const ACCESS[] = { "public", "user", "admin" };
static const char *const OBJECTS[] = { NULL, "project", "file", "structure", "run", "upload" };
static const char *const NEEDS[] = { NULL, "viewer", "member", "lead" };
static const char *const BODIES[] = { NULL, "json", "stream" };

static void route_write(struct jsonw *w, const struct http_route *r)
{
    jsonw_obj(w);
    jsonw_kstr(w, "name", r->name);
    jsonw_kstr(w, "method", METHODS[r->method]);
    jsonw_kstr(w, "pattern", r->pattern);
    jsonw_kstr(w, "access", ACCESS[r->access]);
    jsonw_kstr(w, "object", OBJECTS[r->object]);
    jsonw_kstr(w, "need", NEEDS[r->need]);
    jsonw_kstr(w, "scope", r->scope);
    jsonw_kstr(w, "body", BODIES[r->body]);
    jsonw_kstr(w, "content_type", r->content_type);
    jsonw_kbool(w, "idempotent", r->flags & ROUTE_IDEMPOTENT);
    jsonw_kbool(w, "key_optional", r->flags & ROUTE_KEY_OPTIONAL);
    jsonw_kbool(w, "sse", r->flags & ROUTE_SSE);
    jsonw_kbool(w, "wildcard", r->flags & ROUTE_WILDCARD);
    jsonw_kbool(w, "audit", r->flags & ROUTE_AUDIT);
    jsonw_kstr(w, "summary", r->summary);
    jsonw_obj_end(w);
}

void api_routes_show(FILE *out)
{
    BUF_AUTO b = { 0 };
    struct jsonw w;

    buf_init(&b, API_REPLY_MAX);
    jsonw_init(&w, &b);
    jsonw_arr(&w);
    for (const struct http_route *r = api_routes; r->name; r++)
        route_write(&w, r);
    jsonw_arr_end(&w);
    (void)fprintf(out, "%s\n", b.p);
}
