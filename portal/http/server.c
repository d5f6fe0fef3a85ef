/* Starting and stopping the server: socket, limits, TLS, the two daemons and all threads around them.
 *
 * Stop order matters, because libmicrohttpd aborts the process when it is stopped with a suspended connection:
 * stop accepting -> let running requests end (grace) -> end event streams -> executors (the queue gets 503) ->
 * producers -> now nothing can be suspended any more, which is checked -> stop the daemons.
 */
#include "http_int.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/log.h"
#include "../core/str.h"
#include "tls.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAM_MEMORY 8192 /* connection memory of the stream daemon: heads of event requests are small */
#define SPARE_FILES   512  /* descriptors beside connections: files being sent, database, logs */

static void on_mhd_log(void *cls, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void on_mhd_log(void *cls, const char *fmt, va_list ap)
{
    char text[512];
    (void)cls;
    int n = vsnprintf(text, sizeof text, fmt, ap);
    if (n > 0 && (size_t)n < sizeof text && text[n - 1] == '\n')
        text[n - 1] = '\0';
    log_kv(LOG_DEBUG, "http.mhd", text, NULL); /* mostly clients that went away */
}

static void raise_file_limit(void)
{
    rlim_t want = (rlim_t)(g_conf->http_connections + g_conf->sse_connections + SPARE_FILES);
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || (r.rlim_cur != RLIM_INFINITY && r.rlim_cur >= want))
        return;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < want) {
        struct rlimit more = { want, r.rlim_max > want ? r.rlim_max : want };
        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            return;
        r.rlim_cur = r.rlim_max; /* only root may raise the hard limit */
        (void)setrlimit(RLIMIT_NOFILE, &r);
        log_fmt(LOG_WARN, "http.limits", "only %llu descriptors allowed, %llu wanted for all connections",
                (unsigned long long)r.rlim_cur, (unsigned long long)want);
    }
}

static enum status open_listener(struct http_server *s, struct err *err)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    struct addrinfo *ai = NULL;
    struct sockaddr_in6 sa = { 0 };
    socklen_t n = sizeof sa;
    char port[16];
    (void)str_fmt(port, sizeof port, "%d", (int)g_conf->port);
    if (getaddrinfo(*g_conf->bind ? g_conf->bind : NULL, port, &hints, &ai) != 0)
        return err_field(err, ST_INVALID, "bad_address", "bind", "\"%s\" is not an address to listen on", g_conf->bind);
    int one = 1;
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
              bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0 &&
              getsockname(fd, (struct sockaddr *)&sa, &n) == 0;
    int sys = errno;
    freeaddrinfo(ai);
    if (!ok) {
        if (fd >= 0)
            (void)close(fd);
        err_sys(err, sys, "cannot listen on %s port %d", g_conf->bind, (int)g_conf->port);
        return err_hint(err, "Is another portal running? Set PORT to a free one.");
    }
    s->listen_fd = fd;
    s->port = ntohs(sa.sin6_port); /* sockaddr_in has it at the same place */
    return ST_OK;
}

static enum status read_trusted(struct http_server *s, struct err *err)
{
    for (const char *p = g_conf->trusted_proxies; *p;) {
        size_t n = strcspn(p, ",");
        if (s->n_trusted == sizeof s->trusted / sizeof *s->trusted || !addr_parse(p, n, s->trusted[s->n_trusted]))
            return err_field(err, ST_INVALID, "bad_setting", "trusted_proxies",
                             "trusted_proxies takes up to 32 addresses, comma separated; \"%.*s\" is none",
                             (int)(n < 60 ? n : 60), p);
        s->n_trusted++;
        p += n + (p[n] == ',');
    }
    return ST_OK;
}

/* The acceptor knows event streams by their first bytes: the one GET row flagged ROUTE_SSE. */
static void find_stream_route(struct http_server *s, const struct http_route *routes)
{
    for (; routes->name; routes++)
        if (routes->flags & ROUTE_SSE && routes->method == HM_GET && !strpbrk(routes->pattern, ":*")) {
            (void)str_fmt(s->sse_prefix, sizeof s->sse_prefix, "GET %s", routes->pattern);
            return;
        }
}

static struct MHD_Daemon *daemon_start(struct lane *lane, size_t memory, unsigned connections)
{
    struct http_server *s = lane->s;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                     MHD_USE_ERROR_LOG | (s->tls ? (unsigned)MHD_USE_TLS : 0);
    struct MHD_OptionItem options[20];
    unsigned n = 0;
#define OPTION(o, v, p) options[n++] = (struct MHD_OptionItem){ (o), (intptr_t)(v), (p) }
    OPTION(MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, NULL);
    OPTION(MHD_OPTION_CONNECTION_MEMORY_INCREMENT, memory / 4, NULL);
    /* Our own count refuses first and says so; MHD splits its limit among threads, hence the slack. */
    OPTION(MHD_OPTION_CONNECTION_LIMIT, connections * 2 + 64, NULL);
    OPTION(MHD_OPTION_CONNECTION_TIMEOUT, (g_conf->http_timeout + 999) / 1000, NULL);
    OPTION(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
    if (g_conf->http_threads > 1)
        OPTION(MHD_OPTION_THREAD_POOL_SIZE, g_conf->http_threads, NULL);
    if (s->tls) {
        OPTION(MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)tls_retrieve);
        OPTION(MHD_OPTION_HTTPS_PRIORITIES, 0, "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2");
    }
    OPTION(MHD_OPTION_END, 0, NULL);
#undef OPTION
    return MHD_start_daemon(flags, 0, NULL, NULL, call_on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL,
                            MHD_OPTION_NOTIFY_CONNECTION, conn_on_notify, lane, MHD_OPTION_NOTIFY_COMPLETED,
                            call_on_completed, s, MHD_OPTION_URI_LOG_CALLBACK, conn_on_uri, s, MHD_OPTION_ARRAY,
                            options, MHD_OPTION_END);
}

static enum status start_daemons(struct http_server *s, struct err *err)
{
    struct lane *m = &s->lanes[LANE_MAIN], *e = &s->lanes[LANE_SSE];
    *m = (struct lane){ .s = s,
                        .max = (unsigned)g_conf->http_connections,
                        .max_per_address = (unsigned)g_conf->http_connections_per_address };
    *e = (struct lane){ .s = s,
                        .max = (unsigned)g_conf->sse_connections,
                        .max_per_address = (unsigned)g_conf->sse_per_address };
    m->daemon = daemon_start(m, (size_t)g_conf->http_connection_memory, m->max);
    if (m->daemon && !s->tls && s->sse_prefix[0])
        e->daemon = daemon_start(e, STREAM_MEMORY, e->max);
    if (!m->daemon || (!s->tls && s->sse_prefix[0] && !e->daemon)) {
        return err_set(err, ST_FATAL, "the HTTP server cannot be started");
    }
    return ST_OK;
}

static void server_free(struct http_server *s)
{
    if (s->acceptor)
        acceptor_close(s->acceptor); /* first: it hands sockets to the daemons */
    for (unsigned i = 0; i < LANES; i++)
        if (s->lanes[i].daemon)
            MHD_stop_daemon(s->lanes[i].daemon);
    acceptor_free(s->acceptor);
    executor_free(s->executor);
    puller_free(s->puller);
    sse_hub_free(s->hub);
    metrics_free(s->metrics);
    router_free(s->router);
    if (s->listen_fd >= 0)
        (void)close(s->listen_fd);
    if (s->tls)
        tls_forget();
    pthread_mutex_destroy(&s->conn_mu);
    free(s);
}

enum status http_server_start(const struct http_route *routes, const struct http_hooks *hooks,
                              struct http_server **ret_s, struct err *err)
{
    struct http_server *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(err, ST_FATAL, "out of memory for the HTTP server");
    s->listen_fd = -1;
    if (hooks)
        s->hooks = *hooks;
    pthread_mutex_init(&s->conn_mu, NULL);
    raise_file_limit();
    find_stream_route(s, routes);
    enum status st = router_new(routes, &s->router, err);
    if (!st)
        st = read_trusted(s, err);
    if (!st)
        st = tls_read(&s->tls, err);
    if (!st && !(s->metrics = metrics_new(s->router)))
        st = err_set(err, ST_FATAL, "out of memory for metrics");
    if (!st)
        st = open_listener(s, err);
    if (!st)
        st = sse_hub_start(s, &s->hub, err);
    if (!st)
        st = puller_start(&s->puller, err);
    if (!st)
        st = executor_start(s, &s->executor, err);
    if (!st)
        st = start_daemons(s, err);
    if (!st) {
        *ret_s = s; /* before the first request: handlers may use it */
        st = acceptor_start(s, &s->acceptor, err);
    }
    if (st) {
        *ret_s = NULL;
        http_server_stop(s, 0);
    }
    return st;
}

enum status http_server_reload(struct http_server *s, struct err *err)
{
    bool tls = false;
    return s->tls ? tls_read(&tls, err) : ST_OK;
}

int http_server_port(const struct http_server *s)
{
    return s->port;
}

static void wait_zero(atomic_int *v, int64_t ms)
{
    for (int64_t until = clock_mono_ms() + ms; atomic_load(v) > 0 && clock_mono_ms() < until;)
        clock_sleep_ms(5);
}

void http_server_stop(struct http_server *s, int64_t grace_ms)
{
    if (!s)
        return;
    if (s->acceptor)
        acceptor_quiet(s->acceptor);
    atomic_store(&s->stopping, true);
    if (s->hub)
        sse_hub_close(s->hub);
    wait_zero(&s->calls, grace_ms);
    if (s->executor)
        executor_close(s->executor);
    if (s->puller)
        puller_close(s->puller);
    wait_zero(&s->suspended, 10000);
    if (atomic_load(&s->suspended) > 0) /* cannot be: better to leak threads at exit than to abort */
        log_fmt(LOG_ERROR, "http.stop", "%d requests are still suspended", atomic_load(&s->suspended));
    else
        clock_sleep_ms(atomic_load(&s->calls) > 0 ? 20 : 0); /* the last 503s go out */
    server_free(s);
}

void http_server_metrics(const struct http_server *s, struct buf *out)
{
    struct http_server *m = (struct http_server *)(uintptr_t)s; /* counters only */
    metrics_write(s->metrics, s->router, out);
    sse_metrics(m->hub, out);
    pthread_mutex_lock(&m->conn_mu);
    unsigned main_n = m->lanes[LANE_MAIN].n, sse_n = m->lanes[LANE_SSE].n;
    pthread_mutex_unlock(&m->conn_mu);
    buf_printf(out,
               "# TYPE athanor_http_connections gauge\nathanor_http_connections{daemon=\"requests\"} %u\n"
               "athanor_http_connections{daemon=\"streams\"} %u\n"
               "# TYPE athanor_http_active gauge\nathanor_http_active %d\n"
               "# TYPE athanor_http_waiting gauge\nathanor_http_waiting %u\n"
               "# TYPE athanor_http_refused_connections_total counter\nathanor_http_refused_connections_total %llu\n"
               "# TYPE athanor_http_refused_queue_total counter\nathanor_http_refused_queue_total %llu\n",
               main_n, sse_n, atomic_load(&m->calls), executor_waiting(m->executor), atomic_load(&m->refused_conns),
               atomic_load(&m->refused_queue));
}
