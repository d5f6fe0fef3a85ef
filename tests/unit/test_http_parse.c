/* Readers of foreign text in portal/http, without a socket: targets, routes, headers, ranges. */
#include "../../portal/core/str.h"
#include "../../portal/http/header.h"
#include "../../portal/http/http_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static enum status parse(const char *raw, struct url *u)
{
    static struct arena *a;
    arena_free(a);
    a = arena_new(1 << 20);
    return url_parse(a, raw, u, NULL);
}

static void test_url_paths(void **state)
{
    static const char *const bad[] = {
        "",        "a",     "*",      "http://h/a", "//",      "/a//b",    "/a/",
        "/./a",    "/a/..", "/a/%2e", "/%2E%2e/b",  "/a%2fb",  "/a%5cb",   "/a\\b",
        "/a%00b",  "/a%",   "/a%4",   "/a%zz",      "/a%0ab",  "/a%7f",    "/%ff",
        "/%c0%af", "/a#b",  "/a%2Fb", "/%ed%a0%80", "/a?x=%0", "/a?x=%00", "/a?%ff=1",
    };
    struct url u;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i], &u) != ST_INVALID)
            fail_msg("accepted \"%s\"", bad[i]);
    (void)state;
    assert_int_equal(parse("/", &u), ST_OK);
    assert_int_equal(u.n_seg, 0);
    assert_int_equal(parse("/a%20b/%c3%a9?x=1+2&y=%26&&z", &u), ST_OK);
    assert_int_equal(u.n_seg, 2);
    assert_string_equal(u.seg[0], "a b");
    assert_string_equal(u.seg[1], "\xc3\xa9");
    assert_string_equal(u.path, "/a b/\xc3\xa9");
    assert_int_equal(u.n_query, 3);
    assert_string_equal(u.query[0].value, "1 2");
    assert_string_equal(u.query[1].value, "&");
    assert_string_equal(u.query[2].name, "z");
    /* decoded once, not twice */
    assert_int_equal(parse("/a%252fb", &u), ST_OK);
    assert_string_equal(u.seg[0], "a%2fb");
    /* three dots are a name */
    assert_int_equal(parse("/...", &u), ST_OK);
}

static void test_url_limits(void **state)
{
    static char text[URL_MAX + 3];
    struct url u;
    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[0] = '/';
    assert_int_equal(parse(text, &u), ST_TOOBIG);
    text[URL_MAX] = '\0';
    assert_int_equal(parse(text, &u), ST_OK);
    for (int i = 0; i < 2 * (URL_MAX_SEGMENTS + 1); i++)
        text[i] = i % 2 ? 'a' : '/';
    text[2 * URL_MAX_SEGMENTS] = '\0';
    assert_int_equal(parse(text, &u), ST_OK);
    text[2 * URL_MAX_SEGMENTS] = '/';
    text[2 * URL_MAX_SEGMENTS + 2] = '\0';
    assert_int_equal(parse(text, &u), ST_TOOBIG);
}

static enum status h_none(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)req, (void)ret, (void)err;
    return ST_OK;
}

#define ROW(n, m, p, f)                                                                                                \
    {                                                                                                                  \
        .name = n, .method = m, .pattern = p, .handler = h_none, .flags = f                                            \
    }
static const struct http_route g_rows[] = {
    ROW("app", HM_GET, "/*", ROUTE_WILDCARD),
    ROW("run", HM_GET, "/runs/:id", 0),
    ROW("runs", HM_GET, "/runs", 0),
    ROW("new", HM_POST, "/runs", 0),
    ROW("mine", HM_GET, "/runs/mine", 0),
    ROW("file", HM_GET, "/runs/:id/files/*", ROUTE_WILDCARD),
    ROW("log", HM_GET, "/runs/:id/logs/:name", 0),
    ROW("head", HM_HEAD, "/runs/:id/logs/:name", 0),
    { .name = NULL },
};

static const char *route(struct router *r, enum http_method m, const char *target, const char *arg[4], unsigned *allow)
{
    static struct arena *a;
    struct url u;
    arena_free(a);
    a = arena_new(1 << 20);
    for (int i = 0; i < 4; i++)
        arg[i] = NULL;
    assert_int_equal(url_parse(a, target, &u, NULL), ST_OK);
    const struct http_route *hit = router_find(r, &u, m, a, arg, allow);
    return hit ? hit->name : NULL;
}

static void test_routes(void **state)
{
    struct router *r;
    struct err err;
    const char *arg[4];
    unsigned allow;
    (void)state;
    assert_int_equal(router_new(g_rows, &r, &err), ST_OK);
    assert_string_equal(route(r, HM_GET, "/", arg, &allow), "app");
    assert_string_equal(arg[0], "");
    assert_string_equal(route(r, HM_GET, "/js/a/b.js", arg, &allow), "app");
    assert_string_equal(arg[0], "js/a/b.js");
    assert_string_equal(route(r, HM_GET, "/runs", arg, &allow), "runs");
    assert_string_equal(route(r, HM_POST, "/runs", arg, &allow), "new");
    assert_string_equal(route(r, HM_GET, "/runs/mine", arg, &allow), "mine");
    assert_string_equal(route(r, HM_GET, "/runs/min", arg, &allow), "run");
    assert_string_equal(arg[0], "min");
    assert_string_equal(route(r, HM_GET, "/runs/x/files/a/b%20c", arg, &allow), "file");
    assert_string_equal(arg[0], "x");
    assert_string_equal(arg[1], "a/b c");
    assert_string_equal(route(r, HM_HEAD, "/runs/x/logs/y", arg, &allow), "head");
    assert_string_equal(route(r, HM_HEAD, "/runs/x", arg, &allow), "run");
    assert_null(route(r, HM_DELETE, "/runs", arg, &allow));
    ARENA_AUTO a = arena_new(4096);
    assert_string_equal(method_allow(a, allow), "GET, POST, OPTIONS, HEAD");
    router_free(r);
}

static void test_bad_tables(void **state)
{
    static const struct http_route twice[] = { ROW("a", HM_GET, "/x/:a", 0),
                                               ROW("b", HM_GET, "/x/:b", 0),
                                               { .name = NULL } };
    static const struct http_route star[] = { ROW("a", HM_GET, "/x/*/y", ROUTE_WILDCARD), { .name = NULL } };
    static const struct http_route empty[] = { ROW("a", HM_GET, "/x//y", 0), { .name = NULL } };
    struct router *r;
    (void)state;
    assert_int_equal(router_new(twice, &r, NULL), ST_FATAL);
    assert_int_equal(router_new(star, &r, NULL), ST_FATAL);
    assert_int_equal(router_new(empty, &r, NULL), ST_FATAL);
}

static void test_ranges(void **state)
{
    static const struct {
        const char *text;
        int64_t size;
        enum header_range want;
        int64_t first, last;
    } t[] = {
        { "bytes=0-9", 100, RANGE_OK, 0, 9 },
        { "bytes=90-", 100, RANGE_OK, 90, 99 },
        { "bytes=-10", 100, RANGE_OK, 90, 99 },
        { "bytes=-200", 100, RANGE_OK, 0, 99 },
        { "bytes=0-1000", 100, RANGE_OK, 0, 99 },
        { "bytes = 5-5", 100, RANGE_OK, 5, 5 },
        { "bytes=100-", 100, RANGE_UNSATISFIABLE, 0, 0 },
        { "bytes=-0", 100, RANGE_UNSATISFIABLE, 0, 0 },
        { "bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0 },
        { "bytes=-1", 0, RANGE_UNSATISFIABLE, 0, 0 },
        { "bytes=9-5", 100, RANGE_NONE, 0, 0 },
        { "bytes=0-1,3-4", 100, RANGE_NONE, 0, 0 },
        { "bytes=", 100, RANGE_NONE, 0, 0 },
        { "bytes=-", 100, RANGE_NONE, 0, 0 },
        { "bytes=a-b", 100, RANGE_NONE, 0, 0 },
        { "bytes=+1-2", 100, RANGE_NONE, 0, 0 },
        { "bytes=0-99999999999999999999", 100, RANGE_NONE, 0, 0 },
        { "lines=0-9", 100, RANGE_NONE, 0, 0 },
        { "bytes=1-2x", 100, RANGE_NONE, 0, 0 },
    };
    (void)state;
    for (unsigned i = 0; i < sizeof t / sizeof *t; i++) {
        int64_t first = 0, last = 0;
        if (header_parse_range(t[i].text, t[i].size, &first, &last) != t[i].want || first != t[i].first ||
            last != t[i].last)
            fail_msg("\"%s\" of %lld: %lld-%lld", t[i].text, (long long)t[i].size, (long long)first, (long long)last);
    }
}

static void test_headers(void **state)
{
    (void)state;
    assert_true(header_is_type("application/json", "application/json"));
    assert_true(header_is_type(" Application/JSON ; charset=utf-8", "application/json"));
    assert_false(header_is_type("application/jsonx", "application/json"));
    assert_true(header_accepts("gzip, br", "br"));
    assert_true(header_accepts("gzip;q=0.5", "gzip"));
    assert_false(header_accepts("gzip;q=0", "gzip"));
    assert_false(header_accepts("gzip;q=0.000, *", "gzip"));
    assert_true(header_accepts("*", "gzip"));
    assert_false(header_accepts("identity", "gzip"));
    assert_true(header_etag_match("\"a\", W/\"b\"", "b", true));
    assert_false(header_etag_match("\"a\", W/\"b\"", "b", false));
    assert_true(header_etag_match("*", "b", false));
    assert_false(header_etag_match("b", "b", true));
    assert_false(header_etag_match("\"b", "b", true));
    ARENA_AUTO a = arena_new(4096);
    assert_string_equal(header_cookie(a, "x=1; athanor_session=abc; y=2", "athanor_session"), "abc");
    assert_string_equal(header_cookie(a, "athanor_session=\"q\"", "athanor_session"), "q");
    assert_null(header_cookie(a, "xathanor_session=abc", "athanor_session"));
    char date[32];
    int64_t t;
    header_date(784111777, date);
    assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_true(header_parse_date(date, &t));
    assert_int_equal(t, 784111777);
    assert_false(header_parse_date("Sunday, 06-Nov-94 08:49:37 GMT", &t));
    assert_false(header_parse_date("", &t));
}

static void test_addresses(void **state)
{
    unsigned char a[16];
    char text[INET6_ADDRSTRLEN];
    (void)state;
    assert_true(addr_parse(" 10.0.0.1 ", 10, a));
    addr_text(a, text);
    assert_string_equal(text, "10.0.0.1");
    assert_true(addr_parse("::1", 3, a));
    addr_text(a, text);
    assert_string_equal(text, "::1");
    assert_true(addr_parse("::ffff:10.0.0.1", 15, a));
    addr_text(a, text);
    assert_string_equal(text, "10.0.0.1");
    assert_false(addr_parse("10.0.0", 6, a));
    assert_false(addr_parse("", 0, a));
    assert_false(addr_parse("unknown", 7, a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_paths),  cmocka_unit_test(test_url_limits), cmocka_unit_test(test_routes),
        cmocka_unit_test(test_bad_tables), cmocka_unit_test(test_ranges),     cmocka_unit_test(test_headers),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
