/* /api/v1/openapi.json: OpenAPI 3.1 made from the route table, so that it cannot name an endpoint that is not there or
 * forget one that is. Bodies come from openapi_types.c in the notation of openapi.h; a route without a row there is
 * described by what its own row says.
 *
 * The document is the same for every caller and is made anew each time: it is asked for rarely and costs a millisecond.
 */
#include "api.h"
#include "openapi.h"

#include "../core/str.h"

#include <assert.h>
#include <string.h>

/* --- the notation -------------------------------------------------------------- */

static const struct {
    const char *word, *type, *format;
} WORDS[] = {
    { "string", "string", NULL },     { "int", "integer", "int64" },     { "number", "number", NULL },
    { "bool", "boolean", NULL },      { "time", "string", "date-time" }, { "object", "object", NULL },
    { "binary", "string", "binary" }, { "text", "string", NULL },
};

static size_t word_len(const char *p)
{
    return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
}

static bool word_is(const char *p, size_t n, const char *word)
{
    return strlen(word) == n && !memcmp(p, word, n);
}

static const char *schema_write(struct jsonw *w, const char *p);

/* "name!:type …}" - p is behind the brace; returns behind the closing one. */
static const char *fields_write(struct jsonw *w, const char *p)
{
    const char *must[64];
    size_t must_n[64];
    size_t n_must = 0;

    jsonw_kstr(w, "type", "object");
    jsonw_key(w, "properties");
    jsonw_obj(w);
    while (*p != '}') {
        size_t n = word_len(p);
        char name[64];
        assert(n && n < sizeof(name));
        (void)str_fmt(name, sizeof(name), "%.*s", (int)n, p);
        if (p[n] == '!') {
            assert(n_must < 64);
            must[n_must] = p;
            must_n[n_must++] = n;
        }
        p += n + (p[n] == '!');
        assert(*p == ':');
        jsonw_key(w, name);
        p = schema_write(w, p + 1);
        p += strspn(p, " ");
    }
    jsonw_obj_end(w);
    if (n_must) {
        jsonw_key(w, "required");
        jsonw_arr(w);
        for (size_t i = 0; i < n_must; i++)
            jsonw_strn(w, must[i], must_n[i]);
        jsonw_arr_end(w);
    }
    return p + 1;
}

/* "a|b)" - p is behind the parenthesis. */
static const char *words_write(struct jsonw *w, const char *p)
{
    jsonw_kstr(w, "type", "string");
    jsonw_key(w, "enum");
    jsonw_arr(w);
    while (*p != ')') {
        size_t n = word_len(p);
        assert(n);
        jsonw_strn(w, p, n);
        p += n + (p[n] == '|');
    }
    jsonw_arr_end(w);
    return p + 1;
}

/* Where the expression at p ends: the "?" that makes it nullable must be known before it is written. */
static const char *schema_end(const char *p)
{
    int depth = 0;

    for (;; p++) {
        if (strchr("{[(", *p) && *p)
            depth++;
        else if (depth && strchr("}])", *p))
            depth--;
        else if (!depth && (!*p || strchr(" ?}])", *p)))
            return p;
        assert(*p);
    }
}

static const char *plain_write(struct jsonw *w, const char *p)
{
    size_t n = word_len(p);

    if (*p == '{')
        return fields_write(w, p + 1);
    if (*p == '[') {
        jsonw_kstr(w, "type", "array");
        jsonw_key(w, "items");
        return schema_write(w, p + 1) + 1;
    }
    if (*p == '#') {
        char ref[96];
        n = word_len(p + 1);
        (void)str_fmt(ref, sizeof(ref), "#/components/schemas/%.*s", (int)n, p + 1);
        jsonw_kstr(w, "$ref", ref);
        return p + 1 + n;
    }
    if (word_is(p, n, "enum"))
        return words_write(w, p + n + 1);
    if (word_is(p, n, "page")) {
        jsonw_kstr(w, "type", "object");
        jsonw_key(w, "properties");
        jsonw_obj(w);
        jsonw_key(w, "items");
        jsonw_obj(w);
        jsonw_kstr(w, "type", "array");
        jsonw_key(w, "items");
        p = schema_write(w, p + n + 1) + 1;
        jsonw_obj_end(w);
        jsonw_key(w, "next_cursor");
        (void)schema_write(w, "string?");
        jsonw_obj_end(w);
        return p;
    }
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(*WORDS); i++) {
        if (word_is(p, n, WORDS[i].word)) {
            jsonw_kstr(w, "type", WORDS[i].type);
            if (WORDS[i].format)
                jsonw_kstr(w, "format", WORDS[i].format);
        }
    }
    return p + n; /* "any" is the schema without a word */
}

static const char *schema_write(struct jsonw *w, const char *p)
{
    bool nullable = *schema_end(p) == '?';

    jsonw_obj(w);
    if (nullable) {
        jsonw_key(w, "anyOf");
        jsonw_arr(w);
        jsonw_obj(w);
    }
    p = plain_write(w, p);
    if (nullable) {
        jsonw_obj_end(w);
        jsonw_obj(w);
        jsonw_kstr(w, "type", "null");
        jsonw_obj_end(w);
        jsonw_arr_end(w);
        p++;
    }
    jsonw_obj_end(w);
    return p;
}

/* --- operations ------------------------------------------------------------------- */

static const struct openapi_op *op_find(const char *route)
{
    for (const struct openapi_op *op = openapi_ops; op->route; op++)
        if (str_eq(op->route, route))
            return op;
    return NULL;
}

static void parameter_write(struct jsonw *w, const char *in, const char *name, size_t n, bool must, const char *schema)
{
    jsonw_obj(w);
    jsonw_kstr(w, "in", in);
    jsonw_key(w, "name");
    jsonw_strn(w, name, n);
    jsonw_kbool(w, "required", must);
    jsonw_key(w, "schema");
    (void)schema_write(w, schema);
    jsonw_obj_end(w);
}

/* Each "name!:type" of a "{…}" list as a parameter. */
static void parameters_of(struct jsonw *w, const char *in, const char *list)
{
    if (!list)
        return;
    for (const char *p = list + 1; *p != '}';) {
        size_t n = word_len(p);
        const char *type = strchr(p, ':') + 1;
        parameter_write(w, in, p, n, p[n] == '!', type);
        p = schema_end(type);
        p += strspn(p, "? ");
    }
}

static void parameters_write(struct jsonw *w, const struct http_route *r, const struct openapi_op *op)
{
    jsonw_key(w, "parameters");
    jsonw_arr(w);
    for (const char *p = r->pattern; (p = strpbrk(p, ":*")); p++) {
        if (*p == ':')
            parameter_write(w, "path", p + 1, word_len(p + 1), true, "string");
        else
            parameter_write(w, "path", "path", 4, true, "string");
    }
    parameters_of(w, "query", op ? op->query : NULL);
    parameters_of(w, "header", op ? op->headers : NULL);
    if (op && op->if_match)
        parameter_write(w, "header", "If-Match", 8, true, "string");
    if (r->flags & ROUTE_IDEMPOTENT)
        parameter_write(w, "header", "Idempotency-Key", 15, !(r->flags & ROUTE_KEY_OPTIONAL), "string");
    jsonw_arr_end(w);
}

static void content_write(struct jsonw *w, const char *type, const char *schema)
{
    jsonw_key(w, "content");
    jsonw_obj(w);
    jsonw_key(w, type);
    jsonw_obj(w);
    jsonw_key(w, "schema");
    (void)schema_write(w, schema);
    jsonw_obj_end(w);
    jsonw_obj_end(w);
}

static void request_write(struct jsonw *w, const struct http_route *r, const struct openapi_op *op)
{
    if (r->body == BODY_NONE)
        return;
    jsonw_key(w, "requestBody");
    jsonw_obj(w);
    jsonw_kbool(w, "required", r->body == BODY_JSON);
    if (r->body == BODY_JSON)
        content_write(w, "application/json", op && op->request ? op->request : "object");
    else
        content_write(w, r->content_type ? r->content_type : "application/offset+octet-stream", "binary");
    jsonw_obj_end(w);
}

static void responses_write(struct jsonw *w, const struct http_route *r, const struct openapi_op *op)
{
    const char *schema = op ? op->response : NULL;
    char code[8];

    (void)str_fmt(code, sizeof(code), "%d", op && op->code ? op->code : 200);
    jsonw_key(w, "responses");
    jsonw_obj(w);
    jsonw_key(w, code);
    jsonw_obj(w);
    jsonw_kstr(w, "description", r->summary);
    if (schema)
        content_write(w,
                      r->flags & ROUTE_SSE       ? "text/event-stream"
                      : str_eq(schema, "binary") ? "application/octet-stream"
                      : str_eq(schema, "text")   ? "text/plain"
                                                 : "application/json",
                      schema);
    jsonw_obj_end(w);
    jsonw_key(w, "default");
    jsonw_obj(w);
    jsonw_kstr(w, "description", "What went wrong, as RFC 9457");
    content_write(w, "application/problem+json", "#Problem");
    jsonw_obj_end(w);
    jsonw_obj_end(w);
}

static void security_write(struct jsonw *w, const struct http_route *r)
{
    jsonw_key(w, "security");
    jsonw_arr(w);
    if (r->access != ACC_PUBLIC) {
        jsonw_obj(w);
        jsonw_key(w, "session");
        jsonw_arr(w);
        jsonw_arr_end(w);
        jsonw_obj_end(w);
        if (r->scope) {
            jsonw_obj(w);
            jsonw_key(w, "token");
            jsonw_arr(w);
            jsonw_str(w, r->scope);
            jsonw_arr_end(w);
            jsonw_obj_end(w);
        }
    }
    jsonw_arr_end(w);
}

static void operation_write(struct jsonw *w, const struct http_route *r)
{
    static const char *const methods[] = {
        [HM_GET] = "get",       [HM_POST] = "post",       [HM_PUT] = "put",  [HM_PATCH] = "patch",
        [HM_DELETE] = "delete", [HM_OPTIONS] = "options", [HM_HEAD] = "head"
    };
    const struct openapi_op *op = op_find(r->name);

    jsonw_key(w, methods[r->method]);
    jsonw_obj(w);
    jsonw_kstr(w, "operationId", r->name);
    jsonw_kstr(w, "summary", r->summary);
    jsonw_key(w, "tags");
    jsonw_arr(w);
    jsonw_strn(w, r->name, strcspn(r->name, "."));
    jsonw_arr_end(w);
    parameters_write(w, r, op);
    request_write(w, r, op);
    responses_write(w, r, op);
    security_write(w, r);
    jsonw_obj_end(w);
}

/* "/runs/:id/files/…" with braces, as OpenAPI writes paths. */
static const char *path_of(struct arena *a, const char *pattern)
{
    BUF_AUTO b = { 0 };
    buf_init(&b, 1024);

    for (const char *p = pattern; *p;) {
        size_t n = *p == ':' ? word_len(p + 1) : 0;
        if (*p == ':')
            buf_printf(&b, "{%.*s}", (int)n, p + 1);
        else if (*p == '*')
            buf_adds(&b, "{path}");
        else
            buf_addc(&b, *p);
        p += n + 1;
    }
    return arena_strdup(a, b.p);
}

static bool is_first_of_path(const struct http_route *r)
{
    for (const struct http_route *other = api_routes; other < r; other++)
        if (str_eq(other->pattern, r->pattern))
            return false;
    return true;
}

static void paths_write(struct jsonw *w, struct arena *a)
{
    jsonw_key(w, "paths");
    jsonw_obj(w);
    for (const struct http_route *r = api_routes; r->name; r++) {
        if (r->handler == http_static || !is_first_of_path(r))
            continue;
        jsonw_key(w, path_of(a, r->pattern));
        jsonw_obj(w);
        for (const struct http_route *same = r; same->name; same++)
            if (str_eq(same->pattern, r->pattern))
                operation_write(w, same);
        jsonw_obj_end(w);
    }
    jsonw_obj_end(w);
}

static void components_write(struct jsonw *w)
{
    jsonw_key(w, "components");
    jsonw_obj(w);
    jsonw_key(w, "schemas");
    jsonw_obj(w);
    for (const struct openapi_type *t = openapi_types; t->name; t++) {
        jsonw_key(w, t->name);
        (void)schema_write(w, t->schema);
    }
    jsonw_obj_end(w);
    jsonw_kraw(
        w, "securitySchemes",
        "{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"" AUTH_COOKIE "\","
        "\"description\":\"Made by POST /api/v1/session; unsafe methods need the header X-CSRF.\"},"
        "\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"ath_… made by POST /api/v1/tokens\"}}");
    jsonw_obj_end(w);
}

static void document_write(struct jsonw *w, struct arena *a)
{
    jsonw_obj(w);
    jsonw_kstr(w, "openapi", "3.1.0");
    jsonw_kraw(w, "info",
               "{\"title\":\"Athanor\",\"version\":\"1\",\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"},"
               "\"description\":\"JSON in snake_case, units in names, times in RFC 3339 UTC. Lists are pages: pass "
               "next_cursor as cursor. What is shared has an ETag; changing it needs If-Match.\"}");
    paths_write(w, a);
    components_write(w);
    jsonw_obj_end(w);
}

enum status api_openapi_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct jsonw w;

    api_json_begin(ret, 0, &w);
    ret->cache = "public, max-age=300";
    document_write(&w, req->arena);
    return api_json_end(ret, err);
}

void api_openapi_show(FILE *out)
{
    ARENA_AUTO a = arena_new(API_REPLY_MAX);
    BUF_AUTO b = { 0 };
    struct jsonw w;

    buf_init(&b, API_REPLY_MAX);
    jsonw_init(&w, &b);
    document_write(&w, a);
    (void)fprintf(out, "%s\n", b.p);
}
