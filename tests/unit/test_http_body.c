/* Bodies against a real server: limits before a byte is read, framing, chunks, streamed bodies and who closes them. */
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

#define STREAM_MAX (8 << 20)

static struct http_server *g_server;
static int g_port;
static atomic_int g_opened, g_complete, g_cut;
static atomic_llong g_written;

static enum status h_json(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)err;
    assert_int_equal(strlen(req->body), req->body_len);
    buf_printf(&ret->body, "{\"len\":%zu}", req->body_len);
    return ST_OK;
}

static enum status h_none(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)req, (void)err;
    buf_adds(&ret->body, "{}");
    return ST_OK;
}

static enum status st_open(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)ret;
    clock_sleep_ms(20); /* as a database would */
    if (http_query(req, "refuse"))
        return err_field(err, ST_CONFLICT, "wrong_offset", "Upload-Offset", "not there");
    atomic_fetch_add(&g_opened, 1);
    req->stream_ctx = arena_alloc(req->arena, sizeof(int64_t));
    return ST_OK;
}

static enum status st_write(struct http_req *req, const char *p, size_t n, struct err *err)
{
    int64_t *seen = req->stream_ctx;
    (void)p;
    *seen += (int64_t)n;
    atomic_fetch_add(&g_written, (long long)n);
    return http_query(req, "full") && *seen > 1000 ? err_set(err, ST_QUOTA, "the disk is full") : ST_OK;
}

static void st_close(struct http_req *req, bool complete)
{
    (void)req;
    atomic_fetch_add(complete ? &g_complete : &g_cut, 1);
}

static enum status h_stream(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)err;
    buf_printf(&ret->body, "{\"len\":%lld}", (long long)*(int64_t *)req->stream_ctx);
    return ST_OK;
}

static const struct http_stream g_stream = { st_open, st_write, st_close };
static const struct http_route g_routes[] = {
    { .name = "json", .method = HM_POST, .pattern = "/json", .handler = h_json, .body = BODY_JSON },
    { .name = "none", .method = HM_POST, .pattern = "/none", .handler = h_none },
    { .name = "secret",
      .method = HM_POST,
      .pattern = "/secret",
      .handler = h_json,
      .access = ACC_USER,
      .body = BODY_JSON },
    { .name = "stream",
      .method = HM_PATCH,
      .pattern = "/stream",
      .handler = h_stream,
      .body = BODY_STREAM,
      .body_max = STREAM_MAX,
      .content_type = "application/offset+octet-stream",
      .stream = &g_stream },
    { .name = NULL },
};

static int setup(void **state)
{
    struct err err = { 0 };
    (void)state;
    atomic_store(&g_opened, 0);
    atomic_store(&g_complete, 0);
    atomic_store(&g_cut, 0);
    atomic_store(&g_written, 0);
    if (http_server_start(g_routes, NULL, &g_server, &err))
        fail_msg("%s", err.text);
    g_port = http_server_port(g_server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_server_stop(g_server, 1000);
    assert_int_equal(atomic_load(&g_opened), atomic_load(&g_complete) + atomic_load(&g_cut));
    return 0;
}

#define JSON "Host: t\r\nContent-Type: application/json\r\n"
#define TUS  "Host: t\r\nContent-Type: application/offset+octet-stream\r\n"

static void expect(const char *request, int code, const char *word)
{
    struct raw r;
    int got = raw_ask(&r, g_port, request);
    if (got != code || (word && !strstr(r.body ? r.body : "", word)))
        fail_msg("%s gave %d %s", request, got, r.body ? r.body : "");
    raw_close(&r);
}

static void test_json(void **state)
{
    (void)state;
    expect("POST /json HTTP/1.1\r\n" JSON "Content-Length: 9\r\n\r\n{\"a\":123}", 200, "\"len\":9");
    expect("POST /json HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n", 200, "\"len\":0");
    expect("POST /json HTTP/1.1\r\nHost: t\r\n\r\n", 200, "\"len\":0");
    expect("POST /json HTTP/1.1\r\nHost: t\r\nContent-Type: application/json; charset=utf-8\r\n"
           "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n5;ext=1\r\n:123}\r\n0\r\n\r\n",
           200, "\"len\":9");
}

static void test_refused_early(void **state)
{
    struct raw r;
    (void)state;
    /* none of these sends its body: the answer must come without it */
    expect("POST /json HTTP/1.1\r\n" JSON "Content-Length: 999999999\r\n\r\n", 413, "body_too_large");
    expect("PATCH /stream HTTP/1.1\r\n" TUS "Content-Length: 8388609\r\n\r\n", 413, "body_too_large");
    expect("PATCH /stream HTTP/1.1\r\nHost: t\r\nContent-Type: text/plain\r\nContent-Length: 999999\r\n\r\n", 415,
           "offset+octet-stream");
    expect("PATCH /stream HTTP/1.1\r\nHost: t\r\n\r\n", 411, "length_required");
    expect("POST /none HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "body_not_expected");
    expect("POST /nope HTTP/1.1\r\nHost: t\r\nContent-Length: 999999\r\n\r\n", 404, NULL);
    expect("POST /secret HTTP/1.1\r\n" JSON "Content-Length: 200000\r\n\r\n", 401, NULL);
    expect("POST /json HTTP/1.1\r\n" JSON "Content-Length: 300000\r\nExpect: 100-continue\r\n\r\n", 413, NULL);
    expect("POST /json HTTP/1.1\r\nHost: t\r\nContent-Type: text/html\r\nContent-Length: 5\r\nExpect: "
           "100-continue\r\n\r\n",
           415, NULL);
    /* a small refused body is dropped and the connection lives on */
    raw_open(&r, g_port);
    raw_printf(&r, "POST /json HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
    assert_int_equal(raw_reply(&r), 415);
    raw_printf(&r, "POST /json HTTP/1.1\r\n" JSON "Content-Length: 2\r\n\r\n{}");
    assert_int_equal(raw_reply(&r), 200);
    raw_close(&r);
}

/* The reply must arrive though the client goes on sending: without lingering a reset would overtake it. */
static void test_reply_survives_upload(void **state)
{
    static char block[65536];
    struct raw r;
    (void)state;
    for (int i = 0; i < 10; i++) {
        raw_open(&r, g_port);
        raw_printf(&r, "POST /json HTTP/1.1\r\n" JSON "Content-Length: 900000\r\n\r\n");
        for (int k = 0; k < 13; k++)
            (void)raw_send(&r, block, sizeof block);
        assert_int_equal(raw_reply(&r), 413);
        raw_close(&r);
    }
}

static void test_chunks_are_counted(void **state)
{
    static char block[65536];
    struct raw r;
    (void)state;
    raw_open(&r, g_port);
    raw_printf(&r, "POST /json HTTP/1.1\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 8; i++) { /* 512 kB, limit 256 kB */
        raw_printf(&r, "10000\r\n");
        if (!raw_send(&r, block, sizeof block) || !raw_printf(&r, "\r\n"))
            break;
    }
    assert_int_equal(raw_reply(&r), 413);
    assert_string_equal(raw_header(&r, "Connection"), "close");
    raw_close(&r);
}

static void test_framing(void **state)
{
    (void)state;
    expect("POST /json HTTP/1.1\r\n" JSON "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
           "bad_framing");
    expect("POST /json HTTP/1.1\r\n" JSON "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "bad_framing");
    expect("POST /json HTTP/1.1\r\n" JSON "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, "bad_framing");
    expect("POST /json HTTP/1.1\r\n" JSON "Content-Length: -1\r\n\r\n", 400, NULL);
    expect("POST /json HTTP/1.1\r\n" JSON "Content-Length: 2x\r\n\r\n{}", 400, NULL);
    expect("POST /json HTTP/1.1\r\n" JSON "Content-Length: 99999999999999999999999\r\n\r\n", 413, NULL);
    expect("POST /json HTTP/1.1\r\n" JSON "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400, NULL);
}

static void test_expect_continue(void **state)
{
    struct raw r;
    (void)state;
    raw_open(&r, g_port);
    raw_printf(&r, "PATCH /stream HTTP/1.1\r\n" TUS "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(raw_head(&r, 2000), 100);
    assert_int_equal(atomic_load(&g_opened), 1); /* opened first: a refusal would have come instead of the 100 */
    raw_printf(&r, "12345");
    assert_int_equal(raw_reply(&r), 200);
    assert_string_equal(r.body, "{\"len\":5}");
    raw_close(&r);
    expect("PATCH /stream?refuse=1 HTTP/1.1\r\n" TUS "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", 409,
           "wrong_offset");
}

static void test_stream(void **state)
{
    static char block[65536];
    struct raw r;
    (void)state;
    raw_open(&r, g_port);
    for (int i = 0; i < 3; i++) { /* three on one connection */
        raw_printf(&r, "PATCH /stream HTTP/1.1\r\n" TUS "Content-Length: %d\r\n\r\n", 64 * 65536);
        for (int k = 0; k < 64; k++)
            assert_true(raw_send(&r, block, sizeof block));
        assert_int_equal(raw_reply(&r), 200);
        assert_string_equal(r.body, "{\"len\":4194304}");
    }
    raw_printf(&r, "PATCH /stream HTTP/1.1\r\n" TUS "Content-Length: 0\r\n\r\n");
    assert_int_equal(raw_reply(&r), 200);
    assert_string_equal(r.body, "{\"len\":0}");
    raw_close(&r);
    assert_int_equal(atomic_load(&g_complete), 4);
    assert_int_equal(atomic_load(&g_cut), 0);
    expect("PATCH /stream HTTP/1.1\r\n" TUS "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200,
           "\"len\":3");
}

static void test_stream_refused(void **state)
{
    static char block[65536];
    struct raw r;
    (void)state;
    expect("PATCH /stream?refuse=1 HTTP/1.1\r\n" TUS "Content-Length: 5000000\r\n\r\n", 409, "wrong_offset");
    expect("PATCH /stream?refuse=1 HTTP/1.1\r\n" TUS "Content-Length: 0\r\n\r\n", 409, "wrong_offset");
    expect("PATCH /stream?refuse=1 HTTP/1.1\r\n" TUS "Content-Length: 3\r\n\r\nabc", 409, "wrong_offset");
    assert_int_equal(atomic_load(&g_opened), 0);
    /* the disk fills in the middle */
    raw_open(&r, g_port);
    raw_printf(&r, "PATCH /stream?full=1 HTTP/1.1\r\n" TUS "Content-Length: 4000000\r\n\r\n");
    for (int k = 0; k < 61; k++)
        if (!raw_send(&r, block, sizeof block))
            break;
    assert_int_equal(raw_reply(&r), 507);
    assert_non_null(strstr(r.body, "the disk is full"));
    raw_close(&r);
}

static void test_stream_client_gone(void **state)
{
    struct raw r;
    (void)state;
    for (int i = 0; i < 20; i++) {
        raw_open(&r, g_port);
        raw_printf(&r, "PATCH /stream HTTP/1.1\r\n" TUS "Content-Length: 1000000\r\n\r\nsome bytes");
        if (i % 2)
            clock_sleep_ms(30);
        raw_close(&r);
    }
    for (int i = 0; i < 100 && atomic_load(&g_cut) < 20; i++)
        clock_sleep_ms(20);
    assert_int_equal(atomic_load(&g_cut), 20);
    assert_int_equal(atomic_load(&g_complete), 0);
}

static void test_dribbling_body(void **state)
{
    struct raw r;
    (void)state;
    raw_open(&r, g_port);
    raw_printf(&r, "PATCH /stream HTTP/1.1\r\n" TUS "Content-Length: 1000000\r\n\r\n");
    int64_t t0 = raw_now_ms();
    while (!r.closed && raw_now_ms() - t0 < 8000) {
        (void)raw_printf(&r, "a");
        (void)raw_is_closed(&r, 200);
    }
    assert_true(r.closed);
    raw_close(&r);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    static char *args[] = {
        "test", "--set", "port=0", "--set", "http_executors=4", "--set", "http_timeout=1000", NULL
    };
    int argc = sizeof args / sizeof *args - 1;
    struct err err = { 0 };
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_ERROR + 1, 2, false);
    if (conf_load(&argc, args, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        SERVED(test_json),
        SERVED(test_refused_early),
        SERVED(test_reply_survives_upload),
        SERVED(test_chunks_are_counted),
        SERVED(test_framing),
        SERVED(test_expect_continue),
        SERVED(test_stream),
        SERVED(test_stream_refused),
        SERVED(test_stream_client_gone),
        SERVED(test_dribbling_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
