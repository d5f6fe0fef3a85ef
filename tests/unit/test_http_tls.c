/* The same server with a certificate of its own making: requests, a body, an event stream, who is turned away, and a
 * renewal while it runs. */
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/file.h"
#include "../../portal/core/log.h"
#include "../../portal/core/str.h"
#include "../../portal/http/http.h"

#include <fcntl.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "../lib/http_raw.h"

static struct http_server *g_server;
static int g_port;
static char g_dir[64], g_cert[96], g_key[96];

static enum status h_tls(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)err;
    buf_printf(&ret->body, "tls=%d len=%zu", req->tls, req->body_len);
    http_reply_cookie(req, ret, "s", "v", 10);
    return ST_OK;
}

static enum status h_events(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const topics[] = { "t" };
    return http_sse_subscribe(req, "u", topics, 1, "data: hello\n\n", 13, 0, NULL, NULL, NULL, ret, err);
}

static const struct http_route g_routes[] = {
    { .name = "tls", .method = HM_GET, .pattern = "/tls", .handler = h_tls },
    { .name = "post", .method = HM_POST, .pattern = "/tls", .handler = h_tls, .body = BODY_JSON },
    { .name = "events", .method = HM_GET, .pattern = "/events", .handler = h_events, .flags = ROUTE_SSE },
    { .name = NULL },
};

static void put(const char *path, gnutls_datum_t *d, mode_t mode)
{
    struct err err = { 0 };
    if (file_write_atomic(path, d->data, d->size, mode, &err))
        fail_msg("%s", err.text);
    gnutls_free(d->data);
}

static void make_certificate(void)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    gnutls_datum_t out;
    unsigned char serial = 1;
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
    gnutls_x509_crt_init(&crt);
    gnutls_x509_crt_set_version(crt, 3);
    gnutls_x509_crt_set_serial(crt, &serial, 1);
    gnutls_x509_crt_set_activation_time(crt, time(NULL) - 3600);
    gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600);
    gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL);
    gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_SET);
    gnutls_x509_crt_set_key(crt, key);
    gnutls_x509_crt_set_basic_constraints(crt, 1, -1);
    assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &out), 0);
    put(g_key, &out, 0600);
    assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &out), 0);
    put(g_cert, &out, 0644);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
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
    http_server_stop(g_server, 500);
    return 0;
}

/* What curl prints for these arguments; its exit status in *rc. */
static const char *curl(const char *args, int *rc)
{
    static char out[8192];
    char command[512];
    snprintf(command, sizeof command, "curl -s -m 5 --cacert %s %s", g_cert, args);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    size_t n = fread(out, 1, sizeof out - 1, p);
    out[n] = '\0';
    *rc = WEXITSTATUS(pclose(p));
    return out;
}

static void test_requests(void **state)
{
    char args[256];
    int rc;
    (void)state;
    snprintf(args, sizeof args, "-i https://localhost:%d/tls", g_port);
    const char *out = curl(args, &rc);
    assert_int_equal(rc, 0);
    assert_non_null(strstr(out, "tls=1 len=0"));
    assert_non_null(strstr(out, "Strict-Transport-Security:"));
    assert_non_null(strstr(out, "SameSite=Lax; Secure"));
    snprintf(args, sizeof args, "-H 'Content-Type: application/json' -d '{\"a\":1}' https://localhost:%d/tls", g_port);
    assert_non_null(strstr(curl(args, &rc), "tls=1 len=7"));
    snprintf(args, sizeof args, "--tls-max 1.1 https://localhost:%d/tls", g_port);
    (void)curl(args, &rc);
    assert_int_not_equal(rc, 0);
}

static void test_plain_is_turned_away(void **state)
{
    struct raw r;
    (void)state;
    raw_open(&r, g_port);
    raw_printf(&r, "GET /tls HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(raw_reply(&r), 0);
    raw_close(&r);
}

static void test_stream(void **state)
{
    char args[256];
    int rc;
    (void)state;
    snprintf(args, sizeof args, "-N -m 1 https://localhost:%d/events", g_port);
    assert_non_null(strstr(curl(args, &rc), "data: hello"));
    assert_int_equal(rc, 28); /* it would have gone on */
}

/* curl trusts what is in the file, so it answers whether the server shows the new certificate. */
static void test_renewal(void **state)
{
    char args[256];
    struct err err = { 0 };
    int rc;
    (void)state;
    snprintf(args, sizeof args, "https://localhost:%d/tls", g_port);
    make_certificate();
    (void)curl(args, &rc);
    assert_int_equal(rc, 60); /* the server still shows the old one */
    assert_int_equal(http_server_reload(g_server, &err), ST_OK);
    assert_non_null(strstr(curl(args, &rc), "tls=1"));

    static const char *const broken[] = { "no certificate", "" };
    for (size_t i = 0; i < 2; i++) {
        BUF_AUTO good = { 0 };
        assert_int_equal(file_read(g_cert, 65536, &good, &err), ST_OK);
        assert_int_equal(file_write_atomic(g_cert, broken[i], strlen(broken[i]), 0644, &err), ST_OK);
        assert_int_equal(http_server_reload(g_server, &err), ST_INVALID);
        assert_string_equal(err.field, "tls_cert");
        assert_int_equal(file_write_atomic(g_cert, good.p, good.len, 0644, &err), ST_OK);
        assert_non_null(strstr(curl(args, &rc), "tls=1")); /* the one before stays */
    }
    BUF_AUTO old = { 0 };
    assert_int_equal(file_read(g_cert, 65536, &old, &err), ST_OK);
    make_certificate(); /* and now the key of this one with the certificate of that one */
    assert_int_equal(file_write_atomic(g_cert, old.p, old.len, 0644, &err), ST_OK);
    assert_int_equal(http_server_reload(g_server, &err), ST_INVALID);
    assert_non_null(strstr(curl(args, &rc), "tls=1"));
    make_certificate();
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    char cert[128], key[128];
    char *args[] = { (char[]){ "test" },
                     (char[]){ "--set" },
                     (char[]){ "port=0" },
                     (char[]){ "--set" },
                     cert,
                     (char[]){ "--set" },
                     key,
                     NULL };
    int argc = sizeof args / sizeof *args - 1;
    struct err err = { 0 };
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_ERROR + 1, 2, false);
    snprintf(g_dir, sizeof g_dir, "%.40s/http-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : P_tmpdir);
    if (!mkdtemp(g_dir))
        return 1;
    snprintf(g_cert, sizeof g_cert, "%s/cert.pem", g_dir);
    snprintf(g_key, sizeof g_key, "%s/key.pem", g_dir);
    snprintf(cert, sizeof cert, "tls_cert=%s", g_cert);
    snprintf(key, sizeof key, "tls_key=%s", g_key);
    make_certificate();
    if (conf_load(&argc, args, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    const struct CMUnitTest tests[] = { SERVED(test_requests), SERVED(test_plain_is_turned_away), SERVED(test_stream),
                                        SERVED(test_renewal) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)dir_remove(AT_FDCWD, g_dir, NULL);
    return failed;
}
