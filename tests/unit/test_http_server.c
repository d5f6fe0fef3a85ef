/* A real server on a loopback port, driven with raw bytes: connections, routing, executors, limits of time, stopping.
 */
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/log.h"
#include "../../portal/core/str.h"
#include "../../portal/http/http.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../lib/http_raw.h"

static struct http_server *g_server;
static int g_port;
static atomic_int g_db_away; /* thread_open fails while set */
static atomic_int g_opened, g_closed, g_guarded, g_after;

static enum status h_echo(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *q = http_query(req, "q");
    (void)err;
    buf_printf(&ret->body, "{\"arg\":\"%s\",\"q\":\"%s\",\"address\":\"%s\",\"tls\":%d,\"cookie\":\"%s\"}",
               req->arg[0] ? req->arg[0] : "", q ? q : "", req->address, req->tls,
               http_cookie(req, "c") ? http_cookie(req, "c") : "");
    return ST_OK;
}

static enum status h_slow(struct http_req *req, struct http_reply *ret, struct err *err)
{
    int64_t ms;
    enum status st = http_query_i64(req, "ms", 100, 0, 10000, &ms, err);
    if (st)
        return st;
    clock_sleep_ms(ms);
    buf_adds(&ret->body, "{}");
    return ST_OK;
}

static enum status h_fail(struct http_req *req, struct http_reply *ret, struct err *err)
{
    int64_t st;
    (void)ret;
    if (http_query_i64(req, "st", ST_FATAL, ST_INVALID, ST_FATAL, &st, err))
        return err->st;
    err_field(err, (enum status)st, "a_code", "a_field", "what \"happened\"");
    err_detail(err, "secret detail");
    return err_hint(err, "do this");
}

static enum status h_db(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)err;
    assert_non_null(req->thread);
    buf_adds(&ret->body, "{\"db\":true}");
    return ST_OK;
}

static enum status h_health(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)err;
    buf_printf(&ret->body, "{\"db\":%s}", req->thread ? "true" : "false");
    return ST_OK;
}

static const struct http_route g_routes[] = {
    { .name = "echo", .method = HM_GET, .pattern = "/echo/:name", .handler = h_echo },
    { .name = "rest", .method = HM_GET, .pattern = "/rest/*", .handler = h_echo, .flags = ROUTE_WILDCARD },
    { .name = "slow", .method = HM_GET, .pattern = "/slow", .handler = h_slow },
    { .name = "fail", .method = HM_GET, .pattern = "/fail", .handler = h_fail },
    { .name = "db", .method = HM_GET, .pattern = "/db", .handler = h_db },
    { .name = "health", .method = HM_GET, .pattern = "/health", .handler = h_health, .flags = ROUTE_NO_THREAD },
    { .name = "secret", .method = HM_GET, .pattern = "/secret", .handler = h_echo, .access = ACC_USER },
    { .name = NULL },
};

static void *thread_open(struct err *err)
{
    if (atomic_load(&g_db_away)) {
        err_set(err, ST_UNAVAIL, "no database");
        return NULL;
    }
    atomic_fetch_add(&g_opened, 1);
    return malloc(1);
}

static void thread_close(void *thread)
{
    atomic_fetch_add(&g_closed, 1);
    free(thread);
}

static enum status guard(struct http_req *req, struct http_reply *ret, bool *ret_done, struct err *err)
{
    atomic_fetch_add(&g_guarded, 1);
    if (req->route->access == ACC_USER) {
        if (!str_eq(http_header(req, "Authorization"), "Bearer good"))
            return err_set(err, ST_UNAUTH, "unknown token");
        req->user = "usr_1";
    }
    if (http_header(req, "X-Replay")) {
        buf_adds(&ret->body, "\"replayed\"");
        *ret_done = true;
    }
    return ST_OK;
}

static void after(struct http_req *req, struct http_reply *reply, enum status st, const struct err *err)
{
    (void)req, (void)reply, (void)st, (void)err;
    atomic_fetch_add(&g_after, 1);
}

static void start(void)
{
    static const struct http_hooks hooks = { thread_open, thread_close, guard, after };
    struct err err = { 0 };
    if (http_server_start(g_routes, &hooks, &g_server, &err))
        fail_msg("%s", err.text);
    g_port = http_server_port(g_server);
}

static int setup(void **state)
{
    (void)state;
    start();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (g_server)
        http_server_stop(g_server, 1000);
    g_server = NULL;
    assert_int_equal(atomic_load(&g_opened), atomic_load(&g_closed));
    return 0;
}

static void test_routing(void **state)
{
    struct raw r;
    (void)state;
    assert_int_equal(raw_get(&r, g_port, "/echo/a%20b?q=%c3%a9", "Cookie: x=1; c=v\r\n"), 200);
    assert_non_null(
        strstr(r.body, "\"arg\":\"a b\",\"q\":\"\xc3\xa9\",\"address\":\"127.0.0.1\",\"tls\":0,\"cookie\":\"v\""));
    assert_non_null(raw_header(&r, "X-Request-Id"));
    assert_string_equal(raw_header(&r, "X-Content-Type-Options"), "nosniff");
    assert_null(strstr(raw_header(&r, "Content-Security-Policy"), "unsafe"));
    assert_string_equal(raw_header(&r, "Cache-Control"), "private, no-store");
    raw_close(&r);
    assert_int_equal(raw_code(g_port, "/echo"), 404);
    assert_int_equal(raw_code(g_port, "/echo/a/"), 400);
    assert_int_equal(raw_ask(&r, g_port, "DELETE /echo/a HTTP/1.1\r\nHost: t\r\n\r\n"), 405);
    assert_string_equal(raw_header(&r, "Allow"), "GET, OPTIONS, HEAD");
    raw_close(&r);
    assert_int_equal(raw_ask(&r, g_port, "BREW /echo/a HTTP/1.1\r\nHost: t\r\n\r\n"), 405);
    raw_close(&r);
    assert_int_equal(raw_ask(&r, g_port, "OPTIONS /echo/a HTTP/1.1\r\nHost: t\r\n\r\n"), 204);
    assert_string_equal(raw_header(&r, "Allow"), "GET, OPTIONS, HEAD");
    raw_close(&r);
    raw_open(&r, g_port);
    raw_printf(&r, "HEAD /echo/a HTTP/1.1\r\nHost: t\r\n\r\nGET /echo/b HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(raw_reply_to(&r, true), 200);
    assert_true(atoi(raw_header(&r, "Content-Length")) > 0);
    assert_int_equal(raw_reply(&r), 200); /* nothing of a HEAD body lies in between */
    raw_close(&r);
}

static void test_traversal(void **state)
{
    static const char *const bad[] = { "/rest/../x", "/rest/%2e%2e/x", "/rest/a%2f..%2fb", "/rest/a%5c..",
                                       "/rest//x",   "/rest/a%00.b",   "/rest/./x",        "/rest/..%252f/..",
                                       "/rest/%",    "/rest/\xff",     "//rest/x",         "/rest/a\\b" };
    struct raw r;
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        int code = raw_get(&r, g_port, bad[i], "");
        if (code != 400)
            fail_msg("%s gave %d %s", bad[i], code, r.body ? r.body : "");
        raw_close(&r);
    }
    assert_int_equal(raw_get(&r, g_port, "/rest/a/..%252fb", ""), 200); /* decoded once: a plain name */
    assert_non_null(strstr(r.body, "a/..%2fb"));
    raw_close(&r);
}

static void test_keep_alive_and_pipelining(void **state)
{
    struct raw r;
    char want[32];
    (void)state;
    raw_open(&r, g_port);
    for (int i = 0; i < 20; i++) {
        raw_printf(&r, "GET /echo/%d HTTP/1.1\r\nHost: t\r\n\r\n", i);
        assert_int_equal(raw_reply(&r), 200);
    }
    for (int i = 0; i < 50; i++)
        raw_printf(&r, "GET /echo/%d HTTP/1.1\r\nHost: t\r\n\r\n", i);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(raw_reply(&r), 200);
        snprintf(want, sizeof want, "\"arg\":\"%d\"", i);
        assert_non_null(strstr(r.body, want));
    }
    /* an error does not end the connection */
    raw_printf(&r, "GET /nope HTTP/1.1\r\nHost: t\r\n\r\nGET /echo/z HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    assert_int_equal(raw_reply(&r), 404);
    assert_int_equal(raw_reply(&r), 200);
    assert_true(raw_is_closed(&r, 2000));
    raw_close(&r);
}

static void test_problems(void **state)
{
    static const int codes[] = { 400, 401, 403, 404, 409, 412, 413, 415, 423, 429, 507, 503, 503, 500 };
    struct raw r;
    char target[64];
    (void)state;
    for (int st = ST_INVALID; st <= ST_FATAL; st++) {
        snprintf(target, sizeof target, "/fail?st=%d", st);
        assert_int_equal(raw_get(&r, g_port, target, ""), codes[st - ST_INVALID]);
        assert_string_equal(raw_header(&r, "Content-Type"), "application/problem+json");
        assert_non_null(strstr(r.body, "\"code\":\"a_code\""));
        assert_non_null(strstr(r.body, "\"detail\":\"what \\\"happened\\\"\""));
        assert_non_null(strstr(r.body, "\"field\":\"a_field\""));
        assert_non_null(strstr(r.body, "\"hint\":\"do this\""));
        assert_null(strstr(r.body, "secret"));
        assert_int_equal(raw_header(&r, "Retry-After") != NULL,
                         codes[st - ST_INVALID] == 503 || codes[st - ST_INVALID] == 429);
        raw_close(&r);
    }
    assert_int_equal(raw_get(&r, g_port, "/fail?st=x", ""), 400);
    assert_non_null(strstr(r.body, "\"field\":\"st\""));
    raw_close(&r);
}

static void test_guard(void **state)
{
    struct raw r;
    (void)state;
    int before = atomic_load(&g_guarded);
    assert_int_equal(raw_get(&r, g_port, "/secret", ""), 401);
    assert_non_null(raw_header(&r, "WWW-Authenticate"));
    raw_close(&r);
    assert_int_equal(atomic_load(&g_guarded), before); /* no credential: no executor was troubled */
    assert_int_equal(raw_get(&r, g_port, "/secret", "Authorization: Bearer bad\r\n"), 401);
    raw_close(&r);
    int after_n = atomic_load(&g_after);
    assert_int_equal(raw_get(&r, g_port, "/secret", "Authorization: Bearer good\r\n"), 200);
    raw_close(&r);
    assert_int_equal(atomic_load(&g_after), after_n + 1);
    assert_int_equal(raw_get(&r, g_port, "/secret", "Authorization: Bearer good\r\nX-Replay: 1\r\n"), 200);
    assert_string_equal(r.body, "\"replayed\"");
    raw_close(&r);
    assert_int_equal(atomic_load(&g_after), after_n + 1);
}

static void test_proxy_headers(void **state)
{
    static const char via[] = "X-Forwarded-For: 1.2.3.4, 9.9.9.9, 127.0.0.5\r\nX-Forwarded-Proto: https\r\n";
    struct raw r;
    char text[512];
    (void)state;
    assert_int_equal(raw_get(&r, g_port, "/echo/x", via), 200); /* 127.0.0.1 is not a trusted proxy */
    assert_non_null(strstr(r.body, "\"address\":\"127.0.0.1\",\"tls\":0"));
    raw_close(&r);
    raw_open_from(&r, g_port, 0x7f000005);
    snprintf(text, sizeof text, "GET /echo/x HTTP/1.1\r\nHost: t\r\n%s\r\n", via);
    raw_send(&r, text, strlen(text));
    assert_int_equal(raw_reply(&r), 200);
    assert_non_null(strstr(r.body, "\"address\":\"9.9.9.9\",\"tls\":1"));
    assert_non_null(raw_header(&r, "Strict-Transport-Security"));
    raw_close(&r);
}

static void test_bad_heads(void **state)
{
    struct raw r;
    char *big = malloc(200000);
    (void)state;
    assert_non_null(big);
    memset(big, 'a', 200000);
    raw_open(&r, g_port);
    raw_printf(&r, "GET /echo/x HTTP/1.1\r\nHost: t\r\nX-Big: ");
    raw_send(&r, big, 150000);
    raw_printf(&r, "\r\n\r\n");
    int code = raw_reply(&r);
    assert_true(code == 431 || code == 413 || code == 0);
    raw_close(&r);
    raw_open(&r, g_port);
    raw_printf(&r, "GET /");
    raw_send(&r, big, 9000);
    raw_printf(&r, " HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(raw_reply(&r), 414);
    raw_close(&r);
    free(big);
    raw_open(&r, g_port);
    raw_printf(&r, "GET /echo/x HTTP/1.1\r\nHost: t\r\n");
    for (int i = 0; i < 80; i++)
        raw_printf(&r, "X-%d: v\r\n", i);
    raw_printf(&r, "\r\n");
    assert_int_equal(raw_reply(&r), 431);
    raw_close(&r);
    assert_int_equal(raw_ask(&r, g_port, "GET /echo/x HTTP/1.1\r\n\r\n"), 400); /* no Host */
    raw_close(&r);
    assert_int_equal(raw_ask(&r, g_port, "GET http://t/echo/x HTTP/1.1\r\nHost: t\r\n\r\n"), 400);
    raw_close(&r);
    raw_open(&r, g_port);
    raw_send(&r, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11); /* somebody speaks TLS */
    raw_printf(&r, "\r\n\r\n");
    assert_true(raw_reply(&r) != 200);
    raw_close(&r);
    assert_int_equal(raw_code(g_port, "/echo/x"), 200);
}

/* http_timeout is 1 s here. */
static void test_slow_clients(void **state)
{
    struct raw silent, half, drip;
    (void)state;
    raw_open(&silent, g_port);
    raw_open(&half, g_port);
    raw_printf(&half, "GET /echo/x HTTP/1.1\r\nHo");
    raw_open(&drip, g_port);
    raw_printf(&drip, "GET /echo/x HTTP/1.1\r\nX: ");
    int64_t t0 = raw_now_ms();
    while (!drip.closed && raw_now_ms() - t0 < 8000) {
        (void)raw_printf(&drip, "a");
        (void)raw_is_closed(&drip, 300);
    }
    assert_true(drip.closed); /* a drop every 300 ms keeps MHD's own timeout away */
    assert_true(raw_is_closed(&half, 3000));
    assert_true(raw_is_closed(&silent, 3000));
    raw_close(&silent);
    raw_close(&half);
    raw_close(&drip);
}

static void test_client_gone(void **state)
{
    struct raw r;
    (void)state;
    for (int i = 0; i < 30; i++) {
        raw_open(&r, g_port);
        raw_printf(&r, i % 2 ? "GET /slow?ms=30 HTTP/1.1\r\nHost: t\r\n\r\n" : "GET /slow?ms=30 HTT");
        raw_close(&r);
    }
    int code = 0;
    for (int i = 0; i < 50 && code != 200; i++) { /* what they asked for is still in the queue */
        code = raw_code(g_port, "/echo/x");
        clock_sleep_ms(50);
    }
    assert_int_equal(code, 200);
}

static void test_full_queue(void **state)
{
    enum { N = 40 };
    struct raw r[N];
    int ok = 0, busy = 0;
    (void)state;
    for (int i = 0; i < N; i++) { /* 2 executors, a queue of 8 */
        raw_open(&r[i], g_port);
        raw_printf(&r[i], "GET /slow?ms=300 HTTP/1.1\r\nHost: t\r\n\r\n");
    }
    for (int i = 0; i < N; i++) {
        int code = raw_reply(&r[i]);
        ok += code == 200;
        busy += code == 503 && raw_header(&r[i], "Retry-After") && strstr(r[i].body, "overloaded");
        raw_close(&r[i]);
    }
    assert_int_equal(ok + busy, N);
    assert_true(ok >= 8);
    assert_true(busy >= 20);
    assert_int_equal(raw_code(g_port, "/echo/x"), 200);
}

static void test_waited_too_long(void **state)
{
    struct raw r[6];
    int busy = 0;
    (void)state;
    for (int i = 0; i < 6; i++) {
        raw_open(&r[i], g_port);
        raw_printf(&r[i], "GET /slow?ms=2500 HTTP/1.1\r\nHost: t\r\n\r\n");
    }
    for (int i = 0; i < 6; i++) {
        int code = raw_reply(&r[i]);
        busy += code == 503;
        assert_true(code == 200 || code == 503);
        raw_close(&r[i]);
    }
    assert_int_equal(busy, 4); /* two ran, four waited for more than the timeout of 1 s */
}

static void test_address_limit(void **state)
{
    enum { N = 60 };
    struct raw r[N], other;
    int open = 0;
    (void)state;
    for (int i = 0; i < N; i++) { /* http_connections_per_address is 50 */
        raw_open(&r[i], g_port);
        raw_printf(&r[i], "GET /echo/x HTTP/1.1\r\nHost: t\r\n\r\n");
        int code = raw_reply(&r[i]);
        assert_true(code == 200 || code == 503);
        open += code == 200;
    }
    assert_int_equal(open, 50);
    raw_open_from(&other, g_port, 0x7f000002); /* another address is not concerned */
    raw_printf(&other, "GET /echo/x HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(raw_reply(&other), 200);
    raw_close(&other);
    for (int i = 0; i < N; i++)
        raw_close(&r[i]);
    clock_sleep_ms(200);
    assert_int_equal(raw_code(g_port, "/echo/x"), 200);
}

static void test_database_away(void **state)
{
    struct raw r;
    (void)state;
    http_server_stop(g_server, 1000);
    atomic_store(&g_db_away, 1);
    start();
    assert_int_equal(raw_get(&r, g_port, "/db", ""), 503);
    assert_non_null(raw_header(&r, "Retry-After"));
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/health", ""), 200);
    assert_string_equal(r.body, "{\"db\":false}");
    raw_close(&r);
    atomic_store(&g_db_away, 0);
    int code = 0;
    for (int i = 0; i < 50 && code != 200; i++) {
        clock_sleep_ms(100);
        code = raw_code(g_port, "/db");
    }
    assert_int_equal(code, 200);
}

static void *stopper(void *arg)
{
    (void)arg;
    http_server_stop(g_server, 100);
    return NULL;
}

static void test_stop_while_suspended(void **state)
{
    enum { N = 8 };
    struct raw r[N], idle;
    pthread_t t;
    int ok = 0, busy = 0;
    (void)state;
    raw_open(&idle, g_port);
    raw_printf(&idle, "GET /echo/x HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(raw_reply(&idle), 200);
    for (int i = 0; i < N; i++) {
        raw_open(&r[i], g_port);
        raw_printf(&r[i], "GET /slow?ms=500 HTTP/1.1\r\nHost: t\r\n\r\n");
    }
    clock_sleep_ms(100);
    int64_t t0 = raw_now_ms();
    pthread_create(&t, NULL, stopper, NULL);
    for (int i = 0; i < N; i++) {
        int code = raw_reply(&r[i]);
        ok += code == 200;
        busy += code == 503;
        raw_close(&r[i]);
    }
    pthread_join(t, NULL);
    assert_true(raw_now_ms() - t0 < 3000);
    assert_int_equal(ok, 2); /* those that ran were finished, those that waited were told */
    assert_int_equal(busy, N - 2);
    assert_true(raw_is_closed(&idle, 1000));
    raw_close(&idle);
    g_server = NULL;
}

static void test_metrics(void **state)
{
    BUF_AUTO b;
    (void)state;
    assert_int_equal(raw_code(g_port, "/echo/x"), 200);
    assert_int_equal(raw_code(g_port, "/nope"), 404);
    clock_sleep_ms(50);
    buf_init(&b, 1 << 20);
    http_server_metrics(g_server, &b);
    assert_non_null(strstr(b.p, "athanor_http_requests_total{route=\"echo\",code=\"2xx\"} 1\n"));
    assert_non_null(strstr(b.p, "athanor_http_requests_total{route=\"none\",code=\"4xx\"} 1\n"));
    assert_non_null(strstr(b.p, "athanor_http_request_seconds_bucket{route=\"echo\",le=\"+Inf\"} 1\n"));
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    static char *args[] = { "test",
                            "--set",
                            "port=0",
                            "--set",
                            "http_executors=2",
                            "--set",
                            "http_queue=8",
                            "--set",
                            "http_timeout=1000",
                            "--set",
                            "http_connections_per_address=50",
                            "--set",
                            "trusted_proxies=127.0.0.5, ::1",
                            NULL };
    int argc = sizeof args / sizeof *args - 1;
    struct err err = { 0 };
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_ERROR + 1, 2, false);
    if (conf_load(&argc, args, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        SERVED(test_routing),
        SERVED(test_traversal),
        SERVED(test_keep_alive_and_pipelining),
        SERVED(test_problems),
        SERVED(test_guard),
        SERVED(test_proxy_headers),
        SERVED(test_bad_heads),
        SERVED(test_slow_clients),
        SERVED(test_client_gone),
        SERVED(test_full_queue),
        SERVED(test_waited_too_long),
        SERVED(test_address_limit),
        SERVED(test_database_away),
        SERVED(test_stop_while_suspended),
        SERVED(test_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
