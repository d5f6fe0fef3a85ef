/* Connections: who is connected, how many from one address, and how long each may take.
 *
 * MHD's own timeout covers silence. It does not cover a head or body that dribbles, so each connection notes what it is
 * doing and conn_sweep cuts those that are too slow; a connection whose request is being worked on is left alone.
 * The client's address is the peer's, unless the peer is a trusted proxy.
 */
#include "http_int.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/str.h"
#include "url.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct addr_count {
    struct addr_count *next;
    unsigned char addr[16];
    unsigned n[LANES];
};

/* ---- addresses ---- */

void addr_of(const struct sockaddr_storage *sa, unsigned char out[16])
{
    memset(out, 0, 16);
    if (sa->ss_family == AF_INET) {
        out[10] = out[11] = 0xff;
        memcpy(out + 12, &((const struct sockaddr_in *)sa)->sin_addr, 4);
    } else if (sa->ss_family == AF_INET6) {
        memcpy(out, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
    }
}

void addr_text(const unsigned char addr[16], char out[INET6_ADDRSTRLEN])
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    bool v4 = memcmp(addr, mapped, 12) == 0;
    if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? addr + 12 : addr, out, INET6_ADDRSTRLEN))
        (void)str_fmt(out, INET6_ADDRSTRLEN, "?");
}

bool addr_parse(const char *s, size_t n, unsigned char out[16])
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr v4;
    while (n && (*s == ' ' || *s == '\t')) {
        s++;
        n--;
    }
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    if (n == 0 || n >= sizeof text)
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    if (inet_pton(AF_INET, text, &v4) == 1) {
        memset(out, 0, 10);
        out[10] = out[11] = 0xff;
        memcpy(out + 12, &v4, 4);
        return true;
    }
    return inet_pton(AF_INET6, text, out) == 1;
}

static bool is_trusted(const struct http_server *s, const unsigned char addr[16])
{
    for (unsigned i = 0; i < s->n_trusted; i++)
        if (memcmp(s->trusted[i], addr, 16) == 0)
            return true;
    return false;
}

void client_address(const struct http_server *s, struct call *c)
{
    unsigned char addr[16];
    memcpy(addr, c->conn->addr, sizeof addr);
    if (is_trusted(s, addr)) {
        const char *proto = http_header(&c->req, "X-Forwarded-Proto");
        const char *via = http_header(&c->req, "X-Forwarded-For");
        if (proto && strcasecmp(proto, "https") == 0)
            c->req.tls = true;
        size_t n = via ? strlen(via) : 0;
        while (n && is_trusted(s, addr)) { /* right to left: the nearest hop that is not ours */
            size_t from = n;
            while (from && via[from - 1] != ',')
                from--;
            if (!addr_parse(via + from, n - from, addr))
                break;
            n = from ? from - 1 : 0;
        }
    }
    addr_text(addr, c->address);
    c->req.address = c->address;
}

/* ---- counting ---- */

static struct addr_count **addr_slot(struct http_server *s, const unsigned char addr[16])
{
    unsigned h = 2166136261u;
    for (int i = 0; i < 16; i++)
        h = (h ^ addr[i]) * 16777619u;
    struct addr_count **p = &s->addrs[h % ADDR_BUCKETS];
    while (*p && memcmp((*p)->addr, addr, 16) != 0)
        p = &(*p)->next;
    return p;
}

bool conn_admit(struct lane *lane, const unsigned char addr[16])
{
    struct http_server *s = lane->s;
    unsigned which = (unsigned)(lane - s->lanes);
    bool ok = false;
    pthread_mutex_lock(&s->conn_mu);
    if (lane->n < lane->max) {
        struct addr_count **slot = addr_slot(s, addr);
        if (!*slot) {
            *slot = calloc(1, sizeof **slot);
            if (*slot)
                memcpy((*slot)->addr, addr, 16);
        }
        struct addr_count *k = *slot;
        if (k && (k->n[which] < lane->max_per_address || is_trusted(s, addr))) {
            k->n[which]++;
            lane->n++;
            ok = true;
        }
    }
    pthread_mutex_unlock(&s->conn_mu);
    return ok;
}

static void leave_locked(struct lane *lane, const unsigned char addr[16])
{
    unsigned which = (unsigned)(lane - lane->s->lanes);
    struct addr_count **slot = addr_slot(lane->s, addr);
    struct addr_count *k = *slot;
    lane->n--;
    if (k && --k->n[which] == 0 && !k->n[LANE_MAIN] && !k->n[LANE_SSE]) {
        *slot = k->next;
        free(k);
    }
}

void conn_leave(struct lane *lane, const unsigned char addr[16])
{
    pthread_mutex_lock(&lane->s->conn_mu);
    leave_locked(lane, addr);
    pthread_mutex_unlock(&lane->s->conn_mu);
}

/* ---- life of a connection ---- */

static void conn_open(struct lane *lane, struct MHD_Connection *mhd, void **ret_ctx)
{
    struct http_server *s = lane->s;
    struct conn *k = calloc(1, sizeof *k);
    if (!k)
        abort(); /* as everywhere for small allocations: a machine this empty cannot serve */
    k->s = s;
    k->lane = lane;
    k->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    struct sockaddr_storage sa = { 0 };
    const struct sockaddr *peer = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    memcpy(&sa, peer, peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    addr_of(&sa, k->addr);
    k->since_ms = clock_mono_ms();
    pthread_mutex_lock(&s->conn_mu);
    k->next = s->conns;
    if (s->conns)
        s->conns->prev = k;
    s->conns = k;
    pthread_mutex_unlock(&s->conn_mu);
    *ret_ctx = k;
}

/* Input nobody read, ours (linger) or of a head MHD refused by itself, would make the kernel answer with a reset. */
static void conn_close(struct conn *k)
{
    struct http_server *s = k->s;
    int unread = 0;
    if (k->linger || k->uri || (ioctl(k->fd, FIONREAD, &unread) == 0 && unread > 0))
        acceptor_linger(s->acceptor, fcntl(k->fd, F_DUPFD_CLOEXEC, 0)); /* MHD closes its own copy */
    pthread_mutex_lock(&s->conn_mu);
    if (k->prev)
        k->prev->next = k->next;
    else
        s->conns = k->next;
    if (k->next)
        k->next->prev = k->prev;
    leave_locked(k->lane, k->addr);
    pthread_mutex_unlock(&s->conn_mu);
    free(k->uri);
    free(k);
}

void conn_on_notify(void *cls, struct MHD_Connection *mhd, void **socket_context,
                    enum MHD_ConnectionNotificationCode toe)
{
    if (toe == MHD_CONNECTION_NOTIFY_STARTED) {
        conn_open(cls, mhd, socket_context);
    } else if (*socket_context) {
        conn_close(*socket_context);
        *socket_context = NULL;
    }
}

static const char g_many[] =
    "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/problem+json\r\n"
    "Content-Length: 150\r\nConnection: close\r\n\r\n"
    "{\"type\":\"about:blank\",\"title\":\"Content Too Large\",\"status\":413,\"code\":"
    "\"too_many_parameters\",\"detail\":\"more than 64 query parameters\",\"field\":\"query\"}\n";

static bool query_long(const char *uri)
{
    unsigned n = 0;
    for (const char *p = strchr(uri, '?'); p && n <= URL_MAX_QUERY + 1; p = strchr(p + 1, '&'))
        n++;
    return n > URL_MAX_QUERY + 1; /* one may be empty; what is just above is refused in the usual way */
}

/* MHD (0.9.75) puts every query parameter into its pool before we are asked, and when that is full it stands still
 * until the timeout: too many are refused here, which is the only place before. */
static void conn_refuse(struct conn *k)
{
    if (!k->s->tls)
        (void)!send(k->fd, g_many, sizeof g_many - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    k->linger = true;
    (void)shutdown(k->fd, SHUT_RDWR);
}

void *conn_on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct conn *k = info ? info->socket_context : NULL;
    (void)cls;
    if (k) {
        free(k->uri);
        k->uri = strdup(uri);
        if (query_long(uri))
            conn_refuse(k);
    }
    return NULL; /* the call is made in the first callback, for which alone MHD promises a "completed" */
}

void conn_busy(struct conn *k, bool busy, bool reading)
{
    pthread_mutex_lock(&k->s->conn_mu);
    k->busy = busy;
    k->reading = reading;
    k->since_ms = clock_mono_ms();
    k->window_bytes = 0;
    pthread_mutex_unlock(&k->s->conn_mu);
}

void conn_bytes(struct conn *k, size_t n)
{
    atomic_fetch_add_explicit(&k->window_bytes, (long long)n, memory_order_relaxed);
}

/* MHD (0.9.75, edge-triggered epoll) misses a peer's end that arrives together with its last bytes: without this look
 * an upload that was cut would keep its writer's lock until the timeout. */
static bool peer_has_ended(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void conn_sweep(struct http_server *s, int64_t now_ms)
{
    int64_t limit = g_conf->http_timeout;
    pthread_mutex_lock(&s->conn_mu);
    for (struct conn *k = s->conns; k; k = k->next) {
        int64_t age = now_ms - k->since_ms;
        bool cut = false;
        if (!k->busy) {
            cut = age > 2 * limit; /* MHD ends silence after one timeout; what lives on sends a head drop by drop */
        } else if (k->reading && peer_has_ended(k->fd)) {
            cut = true;
        } else if (k->reading && age > limit) {
            cut = atomic_load(&k->window_bytes) < HTTP_PIECE_MIN;
            k->window_bytes = 0;
            k->since_ms = now_ms;
        }
        if (cut)
            (void)shutdown(k->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&s->conn_mu);
}
