/* The acceptor: our own accept loop in front of libmicrohttpd's two daemons, and the server's housekeeping.
 *
 * Why. 5,000 idle event streams must stay below 100 MB, but uploads want 64 kB of connection memory, and MHD has one
 * size a daemon. It also walks all suspended connections of a daemon whenever one is resumed, so thousands of idle
 * streams would tax every request. Hence two daemons behind one port: we accept, peek at the first bytes, and give
 * connections that begin with the event route to the stream daemon. It only sorts: either daemon serves any request,
 * so a stream on a reused connection works too. Counting here also lets proxies be exempt from the limit per address
 * and answers 503 where MHD would just hang up.
 *
 * Once a second: waiting calls past their time, slow heads, dribbling bodies, lingering sockets. A refused upload's
 * socket lingers: the kernel would answer unread input with a reset that overtakes our reply.
 */
#include "http_int.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS    2000
#define LINGER_BYTES (1 << 20)

enum sock_kind { SOCK_LISTEN, SOCK_WAKE, SOCK_PENDING, SOCK_LINGER };
struct sock {
    enum sock_kind kind;
    int fd;
    struct sock *next, *prev;
    int64_t until_ms;
    size_t bytes;
    struct sockaddr_storage sa;
    socklen_t sa_len;
    unsigned char addr[16];
};

struct acceptor {
    struct http_server *s;
    int epoll, wake;
    struct sock listener, waker;
    struct sock *socks; /* pending and lingering; acceptor thread only */
    pthread_mutex_t mu;
    int inbox[256]; /* descriptors to linger on, from event threads */
    unsigned n_inbox;
    atomic_bool closing, quiet;
    pthread_t thread;
};

static const char g_full[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
                             "Retry-After: 5\r\nContent-Length: 97\r\nConnection: close\r\n\r\n"
                             "{\"type\":\"about:blank\",\"title\":\"Too many connections\",\"status\":503,\"code\":"
                             "\"too_many_connections\"}\n";

static bool watch(struct acceptor *a, struct sock *k)
{
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = k };
    return epoll_ctl(a->epoll, EPOLL_CTL_ADD, k->fd, &ev) == 0;
}

static struct sock *sock_new(struct acceptor *a, enum sock_kind kind, int fd, int64_t ms)
{
    struct sock *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->kind = kind;
    k->fd = fd;
    k->until_ms = clock_mono_ms() + ms;
    k->next = a->socks;
    if (a->socks)
        a->socks->prev = k;
    a->socks = k;
    return k;
}

/* Forgets the socket; closes its descriptor unless keep: then it is not ours any more, and must not be touched. */
static void sock_drop(struct acceptor *a, struct sock *k, bool keep)
{
    if (!keep) {
        (void)epoll_ctl(a->epoll, EPOLL_CTL_DEL, k->fd, NULL); /* closing does not do it while MHD holds a copy */
        (void)close(k->fd);
    }
    if (a->socks == k)
        a->socks = k->next;
    else
        k->prev->next = k->next;
    if (k->next)
        k->next->prev = k->prev;
    free(k);
}

static void linger(struct acceptor *a, int fd)
{
    (void)shutdown(fd, SHUT_WR);
    struct sock *k = sock_new(a, SOCK_LINGER, fd, LINGER_MS);
    if (!k)
        (void)close(fd);
    else if (!watch(a, k))
        sock_drop(a, k, false);
}

void acceptor_linger(struct acceptor *a, int fd)
{
    if (fd < 0)
        return;
    pthread_mutex_lock(&a->mu);
    bool ok = a->n_inbox < sizeof a->inbox / sizeof *a->inbox;
    if (ok)
        a->inbox[a->n_inbox++] = fd;
    pthread_mutex_unlock(&a->mu);
    if (!ok)
        (void)close(fd);
    else
        (void)eventfd_write(a->wake, 1);
}

static void inbox_take(struct acceptor *a)
{
    int fds[sizeof a->inbox / sizeof *a->inbox];
    eventfd_t v;
    (void)eventfd_read(a->wake, &v);
    pthread_mutex_lock(&a->mu);
    unsigned n = a->n_inbox;
    memcpy(fds, a->inbox, n * sizeof *fds);
    a->n_inbox = 0;
    pthread_mutex_unlock(&a->mu);
    for (unsigned i = 0; i < n; i++)
        linger(a, fds[i]);
}

static void refuse(struct acceptor *a, int fd)
{
    atomic_fetch_add(&a->s->refused_conns, 1);
    (void)!send(fd, g_full, sizeof g_full - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    linger(a, fd);
}

/* Gives the socket to a daemon, which owns it from then on. */
static void hand_over(struct acceptor *a, int fd, const struct sock *k, bool stream)
{
    struct http_server *s = a->s;
    struct lane *lane = &s->lanes[stream && s->lanes[LANE_SSE].daemon ? LANE_SSE : LANE_MAIN];
    if (!conn_admit(lane, k->addr)) {
        refuse(a, fd);
        return;
    }
    if (MHD_add_connection(lane->daemon, fd, (const struct sockaddr *)&k->sa, k->sa_len) != MHD_YES)
        conn_leave(lane, k->addr);
}

/* true: the first bytes have come (or the client has gone) and the socket is dealt with. */
static bool sort_out(struct acceptor *a, int fd, const struct sock *k)
{
    char head[sizeof a->s->sse_prefix + 1];
    size_t n_prefix = strlen(a->s->sse_prefix);
    if (a->s->tls || !n_prefix) {
        hand_over(a, fd, k, false);
        return true;
    }
    ssize_t n = recv(fd, head, n_prefix + 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0)
        (void)close(fd);
    else
        hand_over(a, fd, k,
                  (size_t)n == n_prefix + 1 && memcmp(head, a->s->sse_prefix, n_prefix) == 0 &&
                      (head[n_prefix] == ' ' || head[n_prefix] == '?'));
    return true;
}

static void accept_all(struct acceptor *a)
{
    for (int i = 0; i < 256; i++) {
        struct sock t = { .sa_len = sizeof t.sa };
        int fd = accept4(a->s->listen_fd, (struct sockaddr *)&t.sa, &t.sa_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                log_kv(LOG_WARN, "http.accept", "no descriptors or memory left for connections", NULL);
                clock_sleep_ms(100); /* the listener stays readable: do not spin */
            }
            return;
        }
        addr_of(&t.sa, t.addr);
        if (sort_out(a, fd, &t))
            continue;
        struct sock *k = sock_new(a, SOCK_PENDING, fd, g_conf->http_timeout);
        if (!k) {
            (void)close(fd);
            continue;
        }
        k->sa = t.sa;
        k->sa_len = t.sa_len;
        memcpy(k->addr, t.addr, sizeof k->addr);
        if (!watch(a, k))
            sock_drop(a, k, false);
    }
}

static void on_pending(struct acceptor *a, struct sock *k)
{
    struct sock copy = *k;
    (void)epoll_ctl(a->epoll, EPOLL_CTL_DEL, k->fd, NULL);
    if (sort_out(a, copy.fd, &copy))
        sock_drop(a, k, true);
    else if (!watch(a, k))
        sock_drop(a, k, false);
}

static void on_linger(struct acceptor *a, struct sock *k)
{
    char bin[16 * 1024];
    ssize_t n = recv(k->fd, bin, sizeof bin, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    k->bytes += n > 0 ? (size_t)n : 0;
    if (n <= 0 || k->bytes > LINGER_BYTES)
        sock_drop(a, k, false);
}

static void housekeeping(struct acceptor *a, int64_t now)
{
    for (struct sock *k = a->socks, *next; k; k = next) {
        next = k->next;
        if (now >= k->until_ms)
            sock_drop(a, k, false);
    }
    if (a->s->executor)
        executor_expire(a->s->executor, now);
    conn_sweep(a->s, now);
}

static void *acceptor_main(void *arg)
{
    struct acceptor *a = arg;
    int64_t next_ms = clock_mono_ms() + 1000;
    bool listening = true;
    while (!atomic_load(&a->closing)) {
        struct epoll_event ev[64];
        int64_t wait = next_ms - clock_mono_ms();
        int n = epoll_wait(a->epoll, ev, 64, wait < 0 ? 0 : (int)wait);
        for (int i = 0; i < n; i++) {
            struct sock *k = ev[i].data.ptr;
            if (k->kind == SOCK_LISTEN)
                accept_all(a);
            else if (k->kind == SOCK_WAKE)
                inbox_take(a);
            else if (k->kind == SOCK_PENDING)
                on_pending(a, k);
            else
                on_linger(a, k);
        }
        if (listening && atomic_load(&a->quiet)) {
            listening = false;
            (void)epoll_ctl(a->epoll, EPOLL_CTL_DEL, a->s->listen_fd, NULL);
            (void)close(a->s->listen_fd);
            a->s->listen_fd = -1;
        }
        if (clock_mono_ms() >= next_ms) {
            next_ms = clock_mono_ms() + 1000;
            housekeeping(a, clock_mono_ms());
        }
    }
    while (a->socks)
        sock_drop(a, a->socks, false);
    return NULL;
}

enum status acceptor_start(struct http_server *s, struct acceptor **ret_a, struct err *err)
{
    struct acceptor *a = calloc(1, sizeof *a);
    if (!a)
        return err_set(err, ST_FATAL, "out of memory for the acceptor");
    a->s = s;
    pthread_mutex_init(&a->mu, NULL);
    a->epoll = epoll_create1(EPOLL_CLOEXEC);
    a->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    a->listener = (struct sock){ .kind = SOCK_LISTEN, .fd = s->listen_fd };
    a->waker = (struct sock){ .kind = SOCK_WAKE, .fd = a->wake };
    int rc = a->epoll < 0 || a->wake < 0 || !watch(a, &a->listener) || !watch(a, &a->waker) ? errno : 0;
    *ret_a = a; /* before the thread runs: a connection may end at once */
    if (!rc)
        rc = pthread_create(&a->thread, NULL, acceptor_main, a);
    if (rc) {
        *ret_a = NULL;
        acceptor_free(a);
        return err_sys(err, rc, "the acceptor cannot be started");
    }
    return ST_OK;
}

void acceptor_quiet(struct acceptor *a)
{
    atomic_store(&a->quiet, true);
    (void)eventfd_write(a->wake, 1);
}

void acceptor_close(struct acceptor *a)
{
    atomic_store(&a->closing, true);
    (void)eventfd_write(a->wake, 1);
    pthread_join(a->thread, NULL);
}

void acceptor_free(struct acceptor *a)
{
    if (!a)
        return;
    for (unsigned i = 0; i < a->n_inbox; i++)
        (void)close(a->inbox[i]);
    if (a->epoll >= 0)
        (void)close(a->epoll);
    if (a->wake >= 0)
        (void)close(a->wake);
    pthread_mutex_destroy(&a->mu);
    free(a);
}
