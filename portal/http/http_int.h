/* Inside portal/http: the parts of the server and what they may ask of each other.
 *
 * Threads: the acceptor (accept.c), MHD's event threads (two daemons: requests, event streams), executors
 * (executor.c), producers (pull.c) and the hub thread (sse.c). A struct call belongs to its connection's event thread,
 * except between call_suspend and call_resume, when it belongs to the executor or producer that works on it.
 */
#ifndef ATH_HTTP_INT_H
#define ATH_HTTP_INT_H

#include "http.h"
#include "url.h"

#include "../core/id.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <netinet/in.h>

#define HTTP_MAX_HEADERS 64
#define HTTP_ARENA_MAX   (64u << 20) /* memory one request may take */
#define HTTP_DRAIN_MAX   (64 * 1024) /* a refused body up to this is read and dropped so that the connection lives on */
#define HTTP_PIECE_MIN   1024        /* bytes a body must bring in each http_timeout, or it is cut */

struct lane;

/* ---- one TCP connection (socket_context of MHD) ---- */
struct conn {
    struct http_server *s;
    struct conn *next, *prev; /* server's list, under conn_mu */
    int fd;                   /* MHD's; valid while listed */
    struct lane *lane;
    bool busy;                 /* a request was presented to us; under conn_mu */
    bool reading;              /* its body is being received */
    bool linger;               /* closed with unread input: let the reply arrive before the reset */
    int64_t since_ms;          /* connected, last request ended, or last body window began; under conn_mu */
    atomic_llong window_bytes; /* body bytes in this window */
    char *uri;                 /* raw target of the request being parsed (URI_LOG_CALLBACK) */
    unsigned char addr[16];    /* IPv6 or v4-mapped */
};

/* ---- one request ---- */
enum call_phase { PH_HEAD, PH_OPENING, PH_BODY, PH_DRAIN, PH_READY, PH_RUN, PH_REPLY, PH_SENT };
struct call {
    struct http_req req; /* req.conn points back to this */
    struct http_server *s;
    struct conn *conn;
    struct MHD_Connection *mhd;
    enum call_phase phase;
    bool has_body;
    bool stream_open; /* open succeeded and close is owed */
    bool answered;    /* OPENING ended with a reply instead of a body */
    bool ours;        /* counted in s->calls */
    char id[ID_MAX];
    char user[ID_MAX]; /* kept for the log when the arena goes early */
    char address[INET6_ADDRSTRLEN];
    struct url *url; /* arena, like hdr: an open event stream gives its arena back */
    const char *(*hdr)[2];
    unsigned n_hdr;
    bool hdr_cut;   /* there were more fields than we keep */
    bool http10;    /* or older */
    bool misframed; /* nobody knows where the next request begins: the connection ends */
    struct buf body;
    int64_t body_max, body_seen, drained;
    int64_t start_us;
    int64_t queued_ms;
    struct call *next; /* executor queue */
    struct http_reply reply;
    struct MHD_Response *res; /* built, not queued yet */
    const char *raw;          /* res's body when it lies in memory, for reply_raw */
    size_t raw_len;
    struct http_sse_sub *sse; /* owned by res */
    int code;
    int64_t sent; /* body bytes, as far as known */
};

void call_suspend(struct call *c);
void call_resume(struct call *c);
/* Runs guard and handler (or a stream's open) on an executor; thread may be NULL: the database is away. */
void call_execute(struct call *c, void *thread, const struct err *away);
/* Turns the call into the reply for err; anyone who owns the call. */
void call_fail(struct call *c, const struct err *err);
enum MHD_Result call_on_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                const char *version, const char *data, size_t *data_size, void **con_cls);
void call_on_completed(void *cls, struct MHD_Connection *mhd, void **con_cls, enum MHD_RequestTerminationCode toe);

/* ---- limits and body (body.c) ---- */
/* Refusals that need no body. ret_has_body: the client is going to send one. */
enum status body_check(struct call *c, struct err *err);
enum status body_take(struct call *c, const char *p, size_t n, struct err *err);
enum status body_end(struct call *c, struct err *err);

/* ---- routing ---- */
struct router;
enum status router_new(const struct http_route *routes, struct router **ret_r, struct err *err);
void router_free(struct router *r);
/* NULL: no such path (ret_allow 0) or another method (bits 1<<method of those it has). HEAD falls back to GET.
 * Captured segments go to arg; a wildcard's rest is built in a. */
const struct http_route *router_find(const struct router *r, const struct url *u, enum http_method m, struct arena *a,
                                     const char *arg[4], unsigned *ret_allow);
const struct http_route *router_at(const struct router *r, unsigned i);
unsigned router_count(const struct router *r);
unsigned router_index(const struct router *r, const struct http_route *route);
enum http_method method_parse(const char *s);
const char *method_name(enum http_method m);
/* "GET, HEAD, OPTIONS" */
char *method_allow(struct arena *a, unsigned bits);

/* ---- executors ---- */
struct executor;
enum status executor_start(struct http_server *s, struct executor **ret_e, struct err *err);
/* false: the queue is full or closing; the call stays the caller's. */
bool executor_push(struct executor *e, struct call *c);
/* Answers 503 to calls that waited longer than the limit. */
void executor_expire(struct executor *e, int64_t now_ms);
void executor_close(struct executor *e); /* queued calls get 503, running ones end; joins */
void executor_free(struct executor *e);
unsigned executor_waiting(struct executor *e);

/* ---- producers of REPLY_PULL ---- */
struct puller;
struct pull_stream;
enum status puller_start(struct puller **ret_p, struct err *err);
void puller_close(struct puller *p); /* streams end with an error; joins */
void puller_free(struct puller *p);
struct pull_stream *pull_new(struct puller *p, struct call *c);
ssize_t pull_read(void *cls, uint64_t pos, char *out, size_t cap); /* MHD content reader */
void pull_end(void *cls);                                          /* MHD free callback */

/* ---- replies ---- */
/* Builds the MHD response from c->reply (conditional GET, ranges, compression, headers); on failure a plain 500. */
void reply_build(struct call *c);
/* Closes and frees what the reply holds besides its body: descriptor, producer, stream. */
void reply_drop(struct http_reply *r);
/* The whole reply as bytes for a socket MHD can no longer answer on. */
void reply_raw(struct call *c, struct buf *out);

/* ---- event streams ---- */
struct sse_hub;
enum status sse_hub_start(struct http_server *s, struct sse_hub **ret_h, struct err *err);
unsigned sse_hub_count(struct sse_hub *h);
void sse_hub_close(struct sse_hub *h);
void sse_hub_free(struct sse_hub *h);
void sse_drop(struct http_sse_sub *sub); /* subscribed, but the reply never went out */
void sse_attach(struct http_sse_sub *sub, struct call *c);
void sse_detach(struct http_sse_sub *sub); /* the call is about to be freed; the response follows */
ssize_t sse_read(void *cls, uint64_t pos, char *out, size_t cap);
void sse_end(void *cls);
void sse_metrics(struct sse_hub *h, struct buf *out);

/* ---- acceptor ---- */
struct acceptor;
enum status acceptor_start(struct http_server *s, struct acceptor **ret_a, struct err *err);
void acceptor_quiet(struct acceptor *a); /* stops listening */
void acceptor_close(struct acceptor *a); /* lingering and waiting sockets are closed; joins */
void acceptor_free(struct acceptor *a);
void acceptor_linger(struct acceptor *a, int fd); /* takes fd over; -1 allowed */
void conn_on_notify(void *cls, struct MHD_Connection *mhd, void **socket_context,
                    enum MHD_ConnectionNotificationCode toe);
void *conn_on_uri(void *cls, const char *uri, struct MHD_Connection *mhd);
void conn_busy(struct conn *k, bool busy, bool reading);
void conn_bytes(struct conn *k, size_t n);
void conn_sweep(struct http_server *s, int64_t now_ms);
void addr_of(const struct sockaddr_storage *sa, unsigned char out[16]);
/* Counts a connection in; false: a limit is reached. */
bool conn_admit(struct lane *lane, const unsigned char addr[16]);
void conn_leave(struct lane *lane, const unsigned char addr[16]);
void addr_text(const unsigned char addr[16], char out[INET6_ADDRSTRLEN]);
bool addr_parse(const char *s, size_t n, unsigned char out[16]);
/* The client behind the peer: X-Forwarded-For is believed only from trusted peers, right to left. */
void client_address(const struct http_server *s, struct call *c);

/* ---- metrics and access log ---- */
struct metrics;
struct metrics *metrics_new(const struct router *r);
void metrics_free(struct metrics *m);
void metrics_count(struct metrics *m, unsigned route, int code, int64_t us, int64_t bytes);
void metrics_write(const struct metrics *m, const struct router *r, struct buf *out);
void access_log(const struct call *c, bool complete, int64_t us);

/* One of the two daemons; what conn_on_notify gets. */
struct lane {
    struct http_server *s;
    struct MHD_Daemon *daemon;
    unsigned n, max, max_per_address; /* n under conn_mu */
};
enum { LANE_MAIN, LANE_SSE, LANES };

struct addr_count; /* connections of one address */
#define ADDR_BUCKETS 1024
struct http_server {
    struct http_hooks hooks;
    struct router *router;
    struct lane
        lanes[LANES]; /* the stream lane has no daemon under TLS: there requests cannot be told apart beforehand */
    int listen_fd;
    int port;
    bool tls;
    char sse_prefix[128]; /* "GET /api/v1/events": connections that begin so go to the sse daemon */
    unsigned char trusted[32][16];
    unsigned n_trusted;
    struct acceptor *acceptor;
    struct executor *executor;
    struct puller *puller;
    struct sse_hub *hub;
    struct metrics *metrics;
    atomic_bool stopping;
    atomic_int calls;     /* requests between first callback and completed, streams not counted */
    atomic_int suspended; /* must be 0 when MHD stops: it aborts otherwise */
    atomic_ullong refused_conns, refused_queue;
    pthread_mutex_t conn_mu;
    struct conn *conns;
    struct addr_count *addrs[ADDR_BUCKETS]; /* hash by address, under conn_mu */
};

#endif
