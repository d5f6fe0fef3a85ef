/* A raw HTTP client for tests: sends exactly the bytes it is given, waits with a deadline, and reads one reply at a
 * time (Content-Length, chunked, or to the end). Included by tests only; failures are cmocka assertions.
 */
#ifndef ATH_TEST_HTTP_RAW_H
#define ATH_TEST_HTTP_RAW_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct raw {
    int fd;
    char *in; /* bytes received, not consumed yet */
    size_t n, cap;
    int code;
    char head[16384];
    char *body;
    size_t body_len;
    bool closed;
};

static inline int64_t raw_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void raw_open_from(struct raw *r, int port, uint32_t from)
{
    struct sockaddr_in me = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(from) };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    memset(r, 0, sizeof *r);
    r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(r->fd >= 0);
    assert_int_equal(bind(r->fd, (struct sockaddr *)&me, sizeof me), 0);
    assert_int_equal(connect(r->fd, (struct sockaddr *)&to, sizeof to), 0);
}

static inline void raw_open(struct raw *r, int port)
{
    raw_open_from(r, port, INADDR_LOOPBACK);
}

static inline void raw_close(struct raw *r)
{
    if (r->fd >= 0)
        close(r->fd);
    free(r->in);
    free(r->body);
    memset(r, 0, sizeof *r);
    r->fd = -1;
}

/* Sends all; false when the other side has gone. */
static inline bool raw_send(struct raw *r, const void *p, size_t n)
{
    const char *s = p;
    while (n) {
        ssize_t k = send(r->fd, s, n, MSG_NOSIGNAL);
        if (k <= 0)
            return false;
        s += k;
        n -= (size_t)k;
    }
    return true;
}

__attribute__((format(printf, 2, 3))) static inline bool raw_printf(struct raw *r, const char *fmt, ...)
{
    char text[65536];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert_true(n > 0 && (size_t)n < sizeof text);
    return raw_send(r, text, (size_t)n);
}

/* Waits for more bytes; false at the end of the stream or after ms. */
static inline bool raw_more(struct raw *r, int ms)
{
    struct pollfd p = { .fd = r->fd, .events = POLLIN };
    if (r->cap - r->n < 65536) {
        r->cap = r->n + 131072;
        r->in = realloc(r->in, r->cap);
        assert_non_null(r->in);
    }
    if (poll(&p, 1, ms) <= 0)
        return false;
    ssize_t k = recv(r->fd, r->in + r->n, r->cap - r->n - 1, 0);
    if (k <= 0) {
        r->closed = true;
        return false;
    }
    r->n += (size_t)k;
    r->in[r->n] = '\0';
    return true;
}

static inline void raw_eat(struct raw *r, size_t n)
{
    memmove(r->in, r->in + n, r->n - n + 1);
    r->n -= n;
}

static inline const char *raw_header(const struct raw *r, const char *name)
{
    static char value[4096];
    size_t n = strlen(name);
    for (const char *p = strstr(r->head, "\r\n"); p; p = strstr(p, "\r\n")) {
        p += 2;
        if (strncasecmp(p, name, n) == 0 && p[n] == ':') {
            const char *v = p + n + 1 + strspn(p + n + 1, " ");
            snprintf(value, sizeof value, "%.*s", (int)strcspn(v, "\r"), v);
            return value;
        }
    }
    return NULL;
}

static inline void raw_body_add(struct raw *r, size_t n)
{
    r->body = realloc(r->body, r->body_len + n + 1);
    assert_non_null(r->body);
    memcpy(r->body + r->body_len, r->in, n);
    r->body_len += n;
    r->body[r->body_len] = '\0';
    raw_eat(r, n);
}

static inline bool raw_need(struct raw *r, size_t n, int ms)
{
    while (r->n < n)
        if (!raw_more(r, ms))
            return false;
    return true;
}

/* Reads the head of the next reply only. Returns its code, 0 when the connection ended or nothing came in time. */
static inline int raw_head(struct raw *r, int ms)
{
    char *end;
    r->code = 0;
    r->head[0] = '\0';
    free(r->body);
    r->body = NULL;
    r->body_len = 0;
    while (!r->in || !(end = strstr(r->in, "\r\n\r\n")))
        if (!raw_more(r, ms))
            return 0;
    size_t n = (size_t)(end - r->in) + 4;
    assert_true(n < sizeof r->head);
    memcpy(r->head, r->in, n);
    r->head[n] = '\0';
    raw_eat(r, n);
    r->code = (int)strtol(r->head + strlen("HTTP/1.1 "), NULL, 10);
    return r->code;
}

/* Reads one whole reply. head_only: the reply to a HEAD request. */
static inline int raw_reply_to(struct raw *r, bool head_only)
{
    const int ms = 10000;
    if (!raw_head(r, ms))
        return 0;
    const char *coding = raw_header(r, "Transfer-Encoding");
    if (head_only || r->code < 200 || r->code == 204 || r->code == 304)
        return r->code;
    if (coding && strcasecmp(coding, "chunked") == 0) {
        for (;;) {
            char *eol;
            while (!r->in || !(eol = strstr(r->in, "\r\n")))
                if (!raw_more(r, ms))
                    return 0;
            size_t n = strtoul(r->in, NULL, 16);
            raw_eat(r, (size_t)(eol - r->in) + 2);
            if (!raw_need(r, n + 2, ms))
                return 0;
            raw_body_add(r, n);
            raw_eat(r, 2);
            if (n == 0)
                return r->code;
        }
    }
    const char *length = raw_header(r, "Content-Length");
    size_t n = length ? strtoul(length, NULL, 10) : 0;
    if (!raw_need(r, n, ms))
        return 0;
    raw_body_add(r, n);
    return r->code;
}

static inline int raw_reply(struct raw *r)
{
    return raw_reply_to(r, false);
}

/* One request on a new connection; the reply stays in r. */
static inline int raw_ask(struct raw *r, int port, const char *request)
{
    raw_open(r, port);
    raw_send(r, request, strlen(request));
    return raw_reply(r);
}

static inline int raw_get(struct raw *r, int port, const char *target, const char *headers)
{
    char text[16384];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: test\r\n%s\r\n", target, headers);
    return raw_ask(r, port, text);
}

/* The code alone of a GET. */
static inline int raw_code(int port, const char *target)
{
    struct raw r;
    int code = raw_get(&r, port, target, "");
    raw_close(&r);
    return code;
}

/* The server closed the connection (within ms). */
static inline bool raw_is_closed(struct raw *r, int ms)
{
    int64_t until = raw_now_ms() + ms;
    while (!r->closed && raw_now_ms() < until)
        (void)raw_more(r, 50);
    return r->closed;
}

#endif
