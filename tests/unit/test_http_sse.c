/* Event streams from a real server: topics, replay, fan-out, slow readers, limits, rechecks, clients that leave, stop.
 */
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/log.h"
#include "../../portal/core/str.h"
#include "../../portal/http/http.h"

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
static atomic_int g_ctx_alive;
static atomic_bool g_may;

static _Atomic int64_t g_newest; /* published so far */

static bool recheck(void *ctx)
{
    (void)ctx;
    return atomic_load(&g_may);
}

static void ctx_free(void *ctx)
{
    free(ctx);
    atomic_fetch_sub(&g_ctx_alive, 1);
}

/* /events?topic=…&user=…&last=N: replays one event with the id N when asked to. */
static enum status h_events(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *topics[] = { http_query(req, "topic") };
    int64_t last;
    BUF_AUTO replay;
    buf_init(&replay, 4096);
    if (http_query_i64(req, "last", 0, 0, 1000000, &last, err))
        return err->st;
    if (last)
        http_sse_format(&replay, &(struct http_sse_event){ .id = last, .name = "replayed", .data = "{}" });
    atomic_fetch_add(&g_ctx_alive, 1);
    req->user = http_query(req, "user");
    return http_sse_subscribe(req, req->user, topics, 1, replay.p, replay.len, last ? last : atomic_load(&g_newest),
                              recheck, ctx_free, malloc(1), ret, err);
}

static enum status h_hello(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)req, (void)err;
    buf_adds(&ret->body, "{}");
    return ST_OK;
}

static const struct http_route g_routes[] = {
    { .name = "events", .method = HM_GET, .pattern = "/events", .handler = h_events, .flags = ROUTE_SSE },
    { .name = "hello", .method = HM_GET, .pattern = "/hello", .handler = h_hello },
    { .name = NULL },
};

static int setup(void **state)
{
    struct err err = { 0 };
    (void)state;
    atomic_store(&g_may, true);
    atomic_store(&g_newest, 0);
    if (http_server_start(g_routes, NULL, &g_server, &err))
        fail_msg("%s", err.text);
    g_port = http_server_port(g_server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_server_stop(g_server, 500);
    assert_int_equal(atomic_load(&g_ctx_alive), 0);
    return 0;
}

static void publish(int64_t id, const char *topic, const char *data)
{
    http_sse_publish(g_server,
                     &(struct http_sse_event){ .id = id, .name = "run", .data = data, .topics = { "other", topic } });
    if (id > atomic_load(&g_newest))
        atomic_store(&g_newest, id);
}

static int open_stream(struct raw *r, const char *query)
{
    raw_open(r, g_port);
    raw_printf(r, "GET /events?%s HTTP/1.1\r\nHost: t\r\n\r\n", query);
    return raw_head(r, 3000);
}

/* Waits until the text has come. */
static bool wait_for(struct raw *r, const char *text, int ms)
{
    int64_t until = raw_now_ms() + ms;
    while (!(r->in && strstr(r->in, text))) {
        int64_t left = until - raw_now_ms();
        if (left <= 0 || (!raw_more(r, (int)left) && r->closed))
            return false;
    }
    return true;
}

static unsigned streams(void)
{
    BUF_AUTO b;
    buf_init(&b, 1 << 20);
    http_server_metrics(g_server, &b);
    return (unsigned)strtoul(strstr(b.p, "\nathanor_sse_streams ") + strlen("\nathanor_sse_streams "), NULL, 10);
}

static bool wait_streams(unsigned n, int ms)
{
    for (int64_t until = raw_now_ms() + ms; raw_now_ms() < until; clock_sleep_ms(10))
        if (streams() == n)
            return true;
    return false;
}

static void test_topics_and_replay(void **state)
{
    struct raw a, b, late;
    (void)state;
    assert_int_equal(open_stream(&a, "topic=run:a&last=7"), 200);
    assert_string_equal(raw_header(&a, "Content-Type"), "text/event-stream");
    assert_string_equal(raw_header(&a, "Cache-Control"), "no-store");
    assert_int_equal(open_stream(&b, "topic=run:b"), 200);
    assert_true(wait_for(&a, "retry: 3000\n\nid: 7\nevent: replayed\ndata: {}\n\n", 2000));
    publish(8, "run:a", "{\"x\":\n1}");
    assert_true(wait_for(&a, "id: 8\nevent: run\ndata: {\"x\": 1}\n\n", 2000));
    publish(9, "run:b", "{}");
    assert_true(wait_for(&b, "id: 9\n", 2000));
    assert_null(strstr(b.in, "id: 8\n"));
    assert_null(strstr(a.in, "id: 9\n"));
    /* what was published between reading the database and subscribing */
    assert_int_equal(open_stream(&late, "topic=run:a&last=5"), 200);
    assert_true(wait_for(&late, "id: 5\nevent: replayed", 2000));
    assert_true(wait_for(&late, "id: 8\nevent: run", 2000));
    assert_null(strstr(late.in, "id: 9\n"));
    raw_close(&a);
    raw_close(&b);
    raw_close(&late);
}

static void test_reused_connection(void **state)
{
    struct raw r;
    (void)state;
    raw_open(&r, g_port); /* the first request decides where the connection goes; a later one must work all the same */
    raw_printf(&r, "GET /hello HTTP/1.1\r\nHost: t\r\n\r\nGET /events?topic=t HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(raw_reply(&r), 200);
    assert_int_equal(raw_head(&r, 2000), 200);
    assert_true(wait_streams(1, 2000));
    publish(1, "t", "{}");
    assert_true(wait_for(&r, "id: 1\n", 2000));
    raw_close(&r);
}

static void test_fan_out(void **state)
{
    enum { N = 500 };
    static struct raw r[N];
    (void)state;
    for (int i = 0; i < N; i++)
        assert_int_equal(open_stream(&r[i], "topic=all"), 200);
    assert_true(wait_streams(N, 2000));
    for (int k = 1; k <= 5; k++) {
        char want[64];
        int64_t t0 = raw_now_ms();
        publish(k, "all", "{}");
        snprintf(want, sizeof want, "id: %d\n", k);
        for (int i = 0; i < N; i++)
            assert_true(wait_for(&r[i], want, 3000));
        assert_true(raw_now_ms() - t0 < 2000);
    }
    for (int i = 0; i < N; i++)
        raw_close(&r[i]);
    assert_true(wait_streams(0, 4000)); /* without waiting for a heartbeat */
}

static void test_slow_reader(void **state)
{
    static char data[16001];
    struct raw r;
    (void)state;
    memset(data, 'd', sizeof data - 1);
    assert_int_equal(open_stream(&r, "topic=t"), 200);
    assert_true(wait_streams(1, 2000));
    for (int i = 1; i <= 1000; i++) /* 16 MB: more than the sockets and the backlog hold */
        publish(i, "t", data);
    publish(5000, "t", "\"last\"");
    assert_true(wait_for(&r, "event: resync\ndata: {}\n\n", 5000));
    assert_true(wait_for(&r, "id: 5000\nevent: run\ndata: \"last\"\n\n", 5000));
    raw_close(&r);
}

static void test_limits(void **state)
{
    struct raw r[8], other;
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(open_stream(&r[i], "topic=t&user=u1"), 200);
    assert_int_equal(open_stream(&r[3], "topic=t&user=u1"), 429); /* sse_per_user is 3 */
    assert_int_equal(open_stream(&other, "topic=t&user=u2"), 200);
    raw_close(&r[0]);
    int code = 0;
    for (int i = 0; i < 40 && code != 200; i++) { /* somebody who reloads is let in again soon */
        clock_sleep_ms(100);
        code = open_stream(&r[0], "topic=t&user=u1");
        if (code != 200)
            raw_close(&r[0]);
    }
    assert_int_equal(code, 200);
    for (int i = 0; i < 4; i++)
        raw_close(&r[i]);
    raw_close(&other);
}

static void test_heartbeat(void **state)
{
    struct raw r;
    (void)state;
    assert_int_equal(open_stream(&r, "topic=t"), 200);
    assert_true(wait_for(&r, ": ping\n\n", 3000)); /* sse_heartbeat is 1 s */
    raw_close(&r);
}

static void test_recheck_ends(void **state)
{
    struct raw r;
    (void)state;
    assert_int_equal(open_stream(&r, "topic=t"), 200);
    atomic_store(&g_may, false);
    assert_true(wait_for(&r, "0\r\n\r\n", 12000)); /* at most every 10 s */
    raw_close(&r);
}

static void test_stop_while_streaming(void **state)
{
    struct raw r[50];
    (void)state;
    for (int i = 0; i < 50; i++)
        assert_int_equal(open_stream(&r[i], "topic=t"), 200);
    int64_t t0 = raw_now_ms();
    http_server_stop(g_server, 500);
    assert_true(raw_now_ms() - t0 < 2000);
    for (int i = 0; i < 50; i++) {
        assert_true(wait_for(&r[i], "0\r\n\r\n", 1000)); /* a proper end */
        raw_close(&r[i]);
    }
    assert_int_equal(setup(state), 0);
}

static void test_head(void **state)
{
    struct raw r;
    (void)state;
    raw_open(&r, g_port);
    raw_printf(&r, "HEAD /events?topic=t HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(raw_reply_to(&r, true), 200);
    assert_true(raw_is_closed(&r, 2000));
    assert_int_equal(r.n, 0);
    raw_close(&r);
    assert_true(wait_streams(0, 1000));
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    static char *args[] = { "test", "--set", "port=0", "--set", "sse_heartbeat=1000", "--set", "sse_per_user=3", NULL };
    int argc = sizeof args / sizeof *args - 1;
    struct err err = { 0 };
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_ERROR + 1, 2, false);
    if (conf_load(&argc, args, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        SERVED(test_topics_and_replay),
        SERVED(test_reused_connection),
        SERVED(test_fan_out),
        SERVED(test_slow_reader),
        SERVED(test_limits),
        SERVED(test_heartbeat),
        SERVED(test_recheck_ends),
        SERVED(test_head),
        SERVED(test_stop_while_streaming),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
