/* What goes out, from a real server: static files, ranges, conditions, compression, archives, TLS. */
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/file.h"
#include "../../portal/core/log.h"
#include "../../portal/core/str.h"
#include "../../portal/http/http.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmocka.h>

#include "../lib/http_raw.h"

static struct http_server *g_server;
static int g_port;
static char g_dir[64];
static atomic_int g_pulls_freed;

static enum status h_file(struct http_req *req, struct http_reply *ret, struct err *err)
{
    char path[128];
    struct stat sb;
    (void)err;
    snprintf(path, sizeof path, "%s/%s", g_dir, http_query(req, "f"));
    ret->kind = REPLY_FD;
    ret->fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(ret->fd, &sb), 0);
    ret->fd_size = sb.st_size;
    ret->etag = "v1";
    ret->type = "application/octet-stream";
    http_reply_attachment(req, ret, "a\"b\r\n/\xc3\xa9\xff.pdb");
    return ST_OK;
}

static enum status h_json(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)err;
    for (int i = 0; i < 2000; i++)
        buf_adds(&ret->body, "0123456789");
    ret->etag = http_query(req, "etag");
    http_reply_cookie(req, ret, "athanor_session", "abc", 60);
    return ST_OK;
}

static enum status h_folder(struct http_req *req, struct http_reply *ret, struct err *err)
{
    int fd = open(g_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return http_reply_archive(req, ret, fd, http_query(req, "name"), http_query(req, "format"), err);
}

static ssize_t pull_forever(void *ctx, char *out, size_t cap)
{
    (void)ctx;
    memset(out, 'y', cap);
    return (ssize_t)cap;
}

static ssize_t pull_break(void *ctx, char *out, size_t cap)
{
    int *left = ctx;
    memset(out, 'y', cap);
    return (*left)-- > 0 ? (ssize_t)cap : -1;
}

static void pull_freed(void *ctx)
{
    (void)ctx;
    atomic_fetch_add(&g_pulls_freed, 1);
}

static enum status h_pull(struct http_req *req, struct http_reply *ret, struct err *err)
{
    int *left = arena_alloc(req->arena, sizeof *left);
    (void)err;
    *left = 2;
    ret->kind = REPLY_PULL;
    ret->pull = http_query(req, "break") ? pull_break : pull_forever;
    ret->pull_free = pull_freed;
    ret->pull_ctx = left;
    ret->type = "application/octet-stream";
    return ST_OK;
}

static enum status h_huge(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)req, (void)err;
    ret->body.max = 100;
    for (int i = 0; i < 100; i++)
        buf_adds(&ret->body, "0123456789");
    return ST_OK;
}

static const struct http_route g_routes[] = {
    { .name = "file", .method = HM_GET, .pattern = "/file", .handler = h_file },
    { .name = "json", .method = HM_GET, .pattern = "/json", .handler = h_json },
    { .name = "huge", .method = HM_GET, .pattern = "/huge", .handler = h_huge },
    { .name = "folder", .method = HM_GET, .pattern = "/folder", .handler = h_folder },
    { .name = "pull", .method = HM_GET, .pattern = "/pull", .handler = h_pull },
    { .name = "app",
      .method = HM_GET,
      .pattern = "/*",
      .handler = http_static,
      .flags = ROUTE_WILDCARD | ROUTE_NO_THREAD },
    { .name = NULL },
};

static void put(const char *name, const char *text, size_t n)
{
    char path[256];
    struct err err = { 0 };
    snprintf(path, sizeof path, "%s/%s", g_dir, name);
    if (file_write_atomic(path, text, n, 0644, &err))
        fail_msg("%s", err.text);
}

static void put_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", g_dir, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static int setup_files(void **state)
{
    static char big[3000000];
    char path[256];
    (void)state;
    put_folder("vendor");
    put_folder("deep");
    put_folder("deep/er");
    put("index.html", "<!doctype html>", 15);
    put("app.js", "let x = 1;", 10);
    put("app.js.gz", "gzgz", 4);
    put("app.js.br", "brbrbr", 6);
    put("app.1234abcd.css", "a{}", 3);
    put("vendor/v.js", "v", 1);
    put("ten", "0123456789", 10);
    put("empty", "", 0);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)('a' + i % 26);
    put("deep/er/big", big, sizeof big);
    put("deep/bad\xff\nname", "x", 1);
    snprintf(path, sizeof path, "%s/link", g_dir);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof path, "%s/out", g_dir);
    assert_int_equal(symlink("/etc", path), 0);
    snprintf(path, sizeof path, "%s/fifo", g_dir);
    assert_int_equal(mkfifo(path, 0644), 0);
    return 0;
}

static int setup(void **state)
{
    struct err err = { 0 };
    (void)state;
    if (http_server_start(g_routes, NULL, &g_server, &err))
        fail_msg("%s", err.text);
    g_port = http_server_port(g_server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_server_stop(g_server, 1000);
    return 0;
}

static void test_static(void **state)
{
    struct raw r;
    char tag[4096], header[8192];
    (void)state;
    assert_int_equal(raw_get(&r, g_port, "/", ""), 200);
    assert_string_equal(r.body, "<!doctype html>");
    assert_string_equal(raw_header(&r, "Content-Type"), "text/html; charset=utf-8");
    assert_non_null(strstr(raw_header(&r, "Content-Security-Policy"), "default-src 'self'"));
    assert_null(strstr(raw_header(&r, "Content-Security-Policy"), "unsafe"));
    assert_string_equal(raw_header(&r, "Cache-Control"), "no-cache");
    snprintf(tag, sizeof tag, "%s", raw_header(&r, "ETag"));
    raw_close(&r);
    snprintf(header, sizeof header, "If-None-Match: \"x\", W/%s\r\n", tag);
    assert_int_equal(raw_get(&r, g_port, "/", header), 304);
    assert_string_equal(raw_header(&r, "ETag"), tag);
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/app.js", "Accept-Encoding: gzip, br\r\n"), 200);
    assert_string_equal(r.body, "brbrbr");
    assert_string_equal(raw_header(&r, "Content-Encoding"), "br");
    assert_string_equal(raw_header(&r, "Content-Type"), "text/javascript; charset=utf-8");
    assert_string_equal(raw_header(&r, "Vary"), "Accept-Encoding");
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/app.js", "Accept-Encoding: gzip, br;q=0\r\n"), 200);
    assert_string_equal(r.body, "gzgz");
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/app.js", ""), 200);
    assert_string_equal(r.body, "let x = 1;");
    assert_null(raw_header(&r, "Content-Encoding"));
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/app.1234abcd.css", ""), 200);
    assert_non_null(strstr(raw_header(&r, "Cache-Control"), "immutable"));
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/vendor/v.js", ""), 200);
    assert_string_equal(raw_header(&r, "Cache-Control"), "no-cache");
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/empty", ""), 200);
    assert_string_equal(raw_header(&r, "Content-Length"), "0");
    raw_close(&r);
}

static void test_static_stays_inside(void **state)
{
    static const char *const gone[] = {
        "/link", "/out/passwd", "/fifo", "/vendor", "/deep/er", "/nope", "/index.html/x"
    };
    static const char *const bad[] = { "/../etc/passwd", "/vendor/../../x", "/%2e%2e/etc/passwd",
                                       "/..%2fetc",      "//etc/passwd",    "/vendor/%00" };
    (void)state;
    for (unsigned i = 0; i < sizeof gone / sizeof *gone; i++)
        if (raw_code(g_port, gone[i]) != 404)
            fail_msg("%s gave %d", gone[i], raw_code(g_port, gone[i]));
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(raw_code(g_port, bad[i]), 400);
}

static void range(const char *headers, int code, const char *body, const char *content_range)
{
    struct raw r;
    int got = raw_get(&r, g_port, "/file?f=ten", headers);
    if (got != code || !str_eq(r.body, body) || !str_eq(raw_header(&r, "Content-Range"), content_range))
        fail_msg("%s gave %d \"%s\"", headers, got, r.body ? r.body : "");
    raw_close(&r);
}

static void test_ranges(void **state)
{
    struct raw r;
    char date[4096], header[8192];
    (void)state;
    range("", 200, "0123456789", NULL);
    range("Range: bytes=2-4\r\n", 206, "234", "bytes 2-4/10");
    range("Range: bytes=7-\r\n", 206, "789", "bytes 7-9/10");
    range("Range: bytes=-3\r\n", 206, "789", "bytes 7-9/10");
    range("Range: bytes=10-\r\n", 416, "", "bytes */10");
    range("Range: bytes=0-1,3-4\r\n", 200, "0123456789", NULL);
    range("Range: bytes=x\r\n", 200, "0123456789", NULL);
    range("Range: bytes=2-4\r\nIf-Range: \"v1\"\r\n", 206, "234", "bytes 2-4/10");
    range("Range: bytes=2-4\r\nIf-Range: \"v2\"\r\n", 200, "0123456789", NULL);
    range("Range: bytes=2-4\r\nIf-Range: W/\"v1\"\r\n", 200, "0123456789", NULL);
    range("If-None-Match: \"v1\"\r\n", 304, NULL, NULL);
    range("If-None-Match: \"v2\"\r\n", 200, "0123456789", NULL);
    assert_int_equal(raw_get(&r, g_port, "/file?f=ten", ""), 200);
    snprintf(date, sizeof date, "%s", raw_header(&r, "Last-Modified"));
    assert_string_equal(
        raw_header(&r, "Content-Disposition"),
        "attachment; filename=\"a_b_____.pdb\"; filename*=UTF-8''a%22b%EF%BF%BD%EF%BF%BD%2F%C3%A9%EF%BF%BD.pdb");
    raw_close(&r);
    snprintf(header, sizeof header, "If-Modified-Since: %s\r\n", date);
    range(header, 304, NULL, NULL);
    snprintf(header, sizeof header, "Range: bytes=2-4\r\nIf-Range: %s\r\n", date);
    range(header, 206, "234", "bytes 2-4/10");
    range("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 200, "0123456789", NULL);
}

static void test_gzip(void **state)
{
    static unsigned char plain[30000];
    struct raw r;
    uLongf n = sizeof plain;
    (void)state;
    assert_int_equal(raw_get(&r, g_port, "/json", "Accept-Encoding: gzip\r\n"), 200);
    assert_string_equal(raw_header(&r, "Content-Encoding"), "gzip");
    assert_string_equal(raw_header(&r, "Set-Cookie"),
                        "athanor_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    z_stream z = {
        .next_in = (Bytef *)r.body, .avail_in = (uInt)r.body_len, .next_out = plain, .avail_out = sizeof plain
    };
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    n = z.total_out;
    (void)inflateEnd(&z);
    assert_int_equal(n, 20000);
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/json", ""), 200);
    assert_int_equal(r.body_len, 20000);
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/json?etag=e", "If-None-Match: \"e\"\r\n"), 304);
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/huge", ""), 500); /* outgrew its buffer: an error, not half a document */
    raw_close(&r);
}

/* Counts the entries of an archive and checks the large one's bytes. */
static void check_archive(const char *format, const char *top)
{
    struct raw r;
    char target[128], want[256];
    int entries = 0, big = 0;
    struct archive_entry *e;
    snprintf(target, sizeof target, "/folder?format=%s&name=%s", format, "my%2frun");
    assert_int_equal(raw_get(&r, g_port, target, ""), 200);
    struct archive *a = archive_read_new();
    archive_read_support_format_all(a);
    assert_int_equal(archive_read_open_memory(a, r.body, r.body_len), ARCHIVE_OK);
    snprintf(want, sizeof want, "%s/deep/er/big", top);
    int rc;
    while ((rc = archive_read_next_header(a, &e)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
        const char *name = archive_entry_pathname_utf8(e);
        entries++;
        assert_true(str_starts(name, top));
        assert_null(strstr(name, "link"));
        assert_null(strstr(name, "fifo"));
        assert_null(strchr(name, '\n'));
        if (str_eq(name, want)) {
            static char data[3000001];
            assert_int_equal(archive_read_data(a, data, sizeof data), 3000000);
            for (size_t i = 0; i < 3000000; i++)
                assert_int_equal(data[i], 'a' + i % 26);
            big++;
        }
    }
    assert_int_equal(rc, ARCHIVE_EOF);
    archive_read_free(a);
    raw_close(&r);
    assert_int_equal(big, 1);
    assert_int_equal(entries, 13);
}

static void test_archive(void **state)
{
    struct raw r;
    (void)state;
    check_archive("zip", "my_run");
    check_archive("tar", "my_run");
    assert_int_equal(raw_get(&r, g_port, "/folder?format=rar&name=x", ""), 400);
    assert_non_null(strstr(r.body, "\"field\":\"format\""));
    raw_close(&r);
    assert_int_equal(raw_get(&r, g_port, "/folder?format=zip&name=..", ""), 200);
    assert_non_null(strstr(raw_header(&r, "Content-Disposition"), "files.zip"));
    raw_close(&r);
}

static void test_pull_client_gone(void **state)
{
    struct raw r;
    (void)state;
    atomic_store(&g_pulls_freed, 0);
    for (int i = 0; i < 10; i++) {
        raw_open(&r, g_port);
        raw_printf(&r, "GET /pull HTTP/1.1\r\nHost: t\r\n\r\n");
        assert_int_equal(raw_head(&r, 2000), 200);
        assert_true(raw_need(&r, 500000, 2000));
        raw_close(&r);
    }
    for (int i = 0; i < 100 && atomic_load(&g_pulls_freed) < 10; i++)
        clock_sleep_ms(20);
    assert_int_equal(atomic_load(&g_pulls_freed), 10);
    raw_open(&r, g_port); /* a producer that fails cuts the connection: the client must not take it for complete */
    raw_printf(&r, "GET /pull?break=1 HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(raw_reply(&r), 0);
    raw_close(&r);
    raw_open(&r, g_port);
    raw_printf(&r, "HEAD /pull HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    assert_int_equal(raw_reply_to(&r, true), 200);
    assert_true(raw_is_closed(&r, 2000));
    assert_int_equal(r.n, 0);
    raw_close(&r);
}

static void test_stop_while_pulling(void **state)
{
    struct raw r[4];
    (void)state;
    for (int i = 0; i < 4; i++) {
        raw_open(&r[i], g_port);
        raw_printf(&r[i], "GET /pull HTTP/1.1\r\nHost: t\r\n\r\n");
        assert_int_equal(raw_head(&r[i], 2000), 200);
    }
    int64_t t0 = raw_now_ms();
    http_server_stop(g_server, 200);
    assert_true(raw_now_ms() - t0 < 3000);
    for (int i = 0; i < 4; i++)
        raw_close(&r[i]);
    assert_int_equal(setup(state), 0);
}

/* curl as the foreign client: a download broken off is resumed where it ended. */
static void test_curl_resumes(void **state)
{
    char command[512], path[128];
    struct stat sb;
    BUF_AUTO whole;
    (void)state;
    snprintf(path, sizeof path, "%s/part", g_dir);
    snprintf(command, sizeof command,
             "curl -fs -r 0-999999 -o %s 'http://127.0.0.1:%d/file?f=deep/er/big' && "
             "curl -fs -C - -o %s 'http://127.0.0.1:%d/file?f=deep/er/big'",
             path, g_port, path, g_port);
    assert_int_equal(system(command), 0);
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_size, 3000000);
    assert_int_equal(file_read(path, 4 << 20, &whole, NULL), ST_OK);
    for (size_t i = 0; i < whole.len; i++)
        assert_int_equal(whole.p[i], 'a' + i % 26);
    assert_int_equal(unlink(path), 0);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    char dir[96];
    char *args[] = { (char[]){ "test" }, (char[]){ "--set" }, (char[]){ "port=0" }, (char[]){ "--set" }, dir, NULL };
    int argc = sizeof args / sizeof *args - 1;
    struct err err = { 0 };
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_ERROR + 1, 2, false);
    uselocale(
        newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0)); /* this thread only: libarchive reads names by locale */
    snprintf(g_dir, sizeof g_dir, "%.40s/http-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : P_tmpdir);
    if (!mkdtemp(g_dir))
        return 1;
    snprintf(dir, sizeof dir, "static_dir=%s", g_dir);
    if (conf_load(&argc, args, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        SERVED(test_static),       SERVED(test_static_stays_inside),
        SERVED(test_ranges),       SERVED(test_gzip),
        SERVED(test_archive),      SERVED(test_pull_client_gone),
        SERVED(test_curl_resumes), SERVED(test_stop_while_pulling),
    };
    int failed = cmocka_run_group_tests(tests, setup_files, NULL);
    (void)dir_remove(AT_FDCWD, g_dir, NULL);
    return failed;
}
