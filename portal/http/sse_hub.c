/* The hub's thread, start and stop: heartbeats, clients that hung up, and whether each may still listen.
 *
 * recheck is foreign code that may ask the database: it runs without the hub mutex, on a stream kept alive by a
 * reference.
 */
#include "sse_int.h"

#include "../core/clock.h"
#include "../core/conf.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define TICK_MS    500
#define REAP_TICKS 4
#define RECHECK_MS 2000 /* with the pass that looks (api/live.c) well below 10 s */

/* Ends streams whose listener may listen no longer. Hub mutex held, but not while recheck runs. */
static void recheck(struct sse_hub *h, int64_t now)
{
    struct http_sse_sub **due = h->n ? calloc(h->n, sizeof(struct http_sse_sub *)) : NULL;
    size_t n = 0;
    for (struct http_sse_sub *sub = h->subs; due && sub && n < h->n; sub = sub->next)
        if (sub->recheck && !sub->ended && now - sub->checked_ms >= RECHECK_MS) {
            sub->checked_ms = now;
            sub->refs++;
            due[n++] = sub;
        }
    for (size_t i = 0; i < n; i++) {
        pthread_mutex_unlock(&h->mu);
        bool may = due[i]->recheck(due[i]->ctx);
        pthread_mutex_lock(&h->mu);
        if (!may) {
            due[i]->ended = true;
            sse_sub_wake(due[i]);
        }
        pthread_mutex_unlock(&h->mu);
        sse_sub_unref(due[i]);
        pthread_mutex_lock(&h->mu);
    }
    free(due);
}

static void heartbeat(struct sse_hub *h, int64_t now)
{
    for (struct http_sse_sub *sub = h->subs; sub; sub = sub->next)
        if (sub->call && !sub->count && now - sub->written_ms >= g_conf->sse_heartbeat) {
            sse_sub_put(sub, h->ping);
            sse_sub_wake(sub);
        }
}

/* Wakes streams whose client has hung up: MHD does not watch suspended sockets, and waiting for a heartbeat to fail
 * would let somebody who reloads a page run into the limit per person. */
static void reap(struct sse_hub *h)
{
    if (!h->n)
        return;
    struct pollfd *fds = calloc(h->n, sizeof *fds);
    struct http_sse_sub **subs = calloc(h->n, sizeof *subs);
    nfds_t n = 0;
    for (struct http_sse_sub *sub = h->subs; fds && subs && sub; sub = sub->next)
        if (sub->suspended && sub->call) {
            fds[n] = (struct pollfd){ .fd = sub->call->conn->fd, .events = POLLRDHUP };
            subs[n++] = sub;
        }
    if (n && poll(fds, n, 0) > 0)
        for (nfds_t i = 0; i < n; i++)
            if (fds[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) {
                subs[i]->ended = true;
                sse_sub_wake(subs[i]);
            }
    free(fds);
    free(subs);
}

static void *hub_main(void *arg)
{
    struct sse_hub *h = arg;
    unsigned tick = 0;
    pthread_mutex_lock(&h->mu);
    while (!h->closing) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        t.tv_nsec += TICK_MS * 1000000L;
        t.tv_sec += t.tv_nsec / 1000000000L;
        t.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&h->wake, &h->mu, &t);
        int64_t now = clock_mono_ms();
        heartbeat(h, now);
        if (++tick % REAP_TICKS == 0)
            reap(h);
        recheck(h, now);
    }
    pthread_mutex_unlock(&h->mu);
    return NULL;
}

enum status sse_hub_start(struct http_server *s, struct sse_hub **ret_h, struct err *err)
{
    static const char ping[] = ": ping\n\n", resync[] = "event: resync\ndata: {}\n\n";
    struct sse_hub *h = calloc(1, sizeof *h);
    if (!h)
        return err_set(err, ST_FATAL, "out of memory for the event hub");
    h->s = s;
    h->ping = sse_msg_new(ping, sizeof ping - 1, NULL);
    h->resync = sse_msg_new(resync, sizeof resync - 1, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&h->mu, NULL);
    int rc = h->ping && h->resync ? pthread_create(&h->thread, NULL, hub_main, h) : ENOMEM;
    if (rc) {
        sse_hub_free(h);
        return err_sys(err, rc, "the event hub cannot be started");
    }
    *ret_h = h;
    return ST_OK;
}

unsigned sse_hub_count(struct sse_hub *h)
{
    pthread_mutex_lock(&h->mu);
    unsigned n = h->n;
    pthread_mutex_unlock(&h->mu);
    return n;
}

/* Ends every stream and takes no new ones; joins the hub thread. */
void sse_hub_close(struct sse_hub *h)
{
    pthread_mutex_lock(&h->mu);
    bool first = !h->closing;
    h->closing = true;
    for (struct http_sse_sub *sub = h->subs; sub; sub = sub->next)
        sse_sub_wake(sub);
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->mu);
    if (first)
        pthread_join(h->thread, NULL);
}

void sse_hub_free(struct sse_hub *h)
{
    if (!h)
        return;
    for (unsigned i = 0; i < SSE_RECENT; i++)
        sse_msg_unref(h->recent[i]);
    sse_msg_unref(h->ping);
    sse_msg_unref(h->resync);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->mu);
    free(h);
}

void sse_metrics(struct sse_hub *h, struct buf *out)
{
    pthread_mutex_lock(&h->mu);
    buf_printf(out,
               "# TYPE athanor_sse_streams gauge\nathanor_sse_streams %u\n"
               "# TYPE athanor_sse_published_total counter\nathanor_sse_published_total %llu\n"
               "# TYPE athanor_sse_delivered_total counter\nathanor_sse_delivered_total %llu\n"
               "# TYPE athanor_sse_overflows_total counter\nathanor_sse_overflows_total %llu\n",
               h->n, h->published, h->delivered, h->overflowed);
    pthread_mutex_unlock(&h->mu);
}
