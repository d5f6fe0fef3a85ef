/* Counters of the server in Prometheus text form, and the access log: one line a request.
 *
 * Counters are per route (plus one row for requests that met none), updated without locks from event threads.
 */
#include "http_int.h"

#include "../core/log.h"
#include "../core/str.h"

#include <stdlib.h>

static const int64_t g_bounds_us[] = { 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000 };
static const char *const g_bounds[] = { "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "1", "5" };
#define BUCKETS (sizeof g_bounds / sizeof *g_bounds)

struct route_counts {
    atomic_ullong codes[6]; /* by code / 100; 0: cut before an answer */
    atomic_ullong buckets[BUCKETS + 1];
    atomic_ullong us, bytes;
};

struct metrics {
    unsigned n;
    struct route_counts routes[];
};

struct metrics *metrics_new(const struct router *r)
{
    unsigned n = router_count(r) + 1;
    struct metrics *m = calloc(1, sizeof *m + n * sizeof *m->routes);
    if (m)
        m->n = n;
    return m;
}

void metrics_free(struct metrics *m)
{
    free(m);
}

static void add(atomic_ullong *v, int64_t n)
{
    atomic_fetch_add_explicit(v, n > 0 ? (unsigned long long)n : 0, memory_order_relaxed);
}

void metrics_count(struct metrics *m, unsigned route, int code, int64_t us, int64_t bytes)
{
    struct route_counts *k = &m->routes[route < m->n ? route : m->n - 1];
    unsigned b = 0;
    while (b < BUCKETS && us > g_bounds_us[b])
        b++;
    add(&k->codes[code >= 100 && code < 600 ? code / 100 : 0], 1);
    add(&k->buckets[b], 1);
    add(&k->us, us);
    add(&k->bytes, bytes);
}

static unsigned long long get(const atomic_ullong *v)
{
    return atomic_load_explicit(v, memory_order_relaxed);
}

void metrics_write(const struct metrics *m, const struct router *r, struct buf *out)
{
    buf_adds(out, "# HELP athanor_http_requests_total requests answered, by route and class of code\n"
                  "# TYPE athanor_http_requests_total counter\n");
    for (unsigned i = 0; i < m->n; i++)
        for (unsigned c = 0; c < 6; c++)
            if (get(&m->routes[i].codes[c]))
                buf_printf(out, "athanor_http_requests_total{route=\"%s\",code=\"%uxx\"} %llu\n",
                           i + 1 < m->n ? router_at(r, i)->name : "none", c, get(&m->routes[i].codes[c]));
    buf_adds(out, "# HELP athanor_http_request_seconds time from the head to the last byte\n"
                  "# TYPE athanor_http_request_seconds histogram\n");
    for (unsigned i = 0; i < m->n; i++) {
        const struct route_counts *k = &m->routes[i];
        const char *name = i + 1 < m->n ? router_at(r, i)->name : "none";
        unsigned long long sum = 0;
        for (unsigned b = 0; b <= BUCKETS; b++)
            sum += get(&k->buckets[b]);
        if (!sum)
            continue;
        sum = 0;
        for (unsigned b = 0; b <= BUCKETS; b++) {
            sum += get(&k->buckets[b]);
            buf_printf(out, "athanor_http_request_seconds_bucket{route=\"%s\",le=\"%s\"} %llu\n", name,
                       b < BUCKETS ? g_bounds[b] : "+Inf", sum);
        }
        buf_printf(out, "athanor_http_request_seconds_sum{route=\"%s\"} %.6f\n", name, (double)get(&k->us) / 1e6);
        buf_printf(out, "athanor_http_request_seconds_count{route=\"%s\"} %llu\n", name, sum);
    }
    unsigned long long bytes = 0;
    for (unsigned i = 0; i < m->n; i++)
        bytes += get(&m->routes[i].bytes);
    buf_printf(out, "# TYPE athanor_http_sent_bytes_total counter\nathanor_http_sent_bytes_total %llu\n", bytes);
}

void access_log(const struct call *c, bool complete, int64_t us)
{
    char code[16], ms[32], bytes[32];
    (void)str_fmt(code, sizeof code, "%d", c->code);
    (void)str_fmt(ms, sizeof ms, "%.3f", (double)us / 1000);
    (void)str_fmt(bytes, sizeof bytes, "%lld", (long long)c->sent);
    log_bind(c->id);
    log_kv(LOG_INFO, "http.request", complete ? "" : "cut", "method", method_name(c->req.method), "route",
           c->req.route ? c->req.route->name : "none", "path", c->req.path, "code", code, "ms", ms, "bytes", bytes,
           "user", c->req.user ? c->req.user : "", "address", c->address, NULL);
    log_bind(NULL);
}
