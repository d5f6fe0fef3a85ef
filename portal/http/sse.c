/* Event streams: a hub that hands each published event to every stream with a matching topic.
 *
 * A stream is an HTTP reply without end. Its reader (event thread) sends what is queued and suspends the connection
 * when there is nothing; publishing queues a shared message and resumes it. A stream that does not keep up loses its
 * backlog and gets one "resync" event instead: the page fetches the state again. Recently published events are kept for
 * streams that subscribe after having read the database, see http_sse_subscribe. Heartbeats, rechecks and clients that
 * left are the hub thread's work (sse_hub.c).
 *
 * One mutex guards all. Order: hub mutex, then MHD's own. Recheck and ctx_free run without it.
 */
#include "sse_int.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/str.h"

#include <stdlib.h>
#include <string.h>

#define SSE_REPLAY_MAX (1u << 20)

/* ---- messages ---- */

void http_sse_format(struct buf *b, const struct http_sse_event *ev)
{
    if (ev->id > 0)
        buf_printf(b, "id: %lld\n", (long long)ev->id);
    buf_printf(b, "event: %s\ndata: ", ev->name);
    for (const char *p = ev->data; *p; p++) /* a line break would end the field */
        buf_addc(b, *p == '\n' || *p == '\r' ? ' ' : *p);
    buf_adds(b, "\n\n");
}

struct msg *sse_msg_new(const char *text, size_t len, const struct http_sse_event *ev)
{
    size_t need = len;
    for (unsigned i = 0; ev && i < 6 && ev->topics[i]; i++)
        need += strlen(ev->topics[i]) + 1;
    if (ev && ev->audience)
        need += strlen(ev->audience) + 1;
    struct msg *m = calloc(1, sizeof *m + need);
    if (!m)
        return NULL;
    atomic_init(&m->refs, 1);
    m->id = ev ? ev->id : 0;
    m->len = len;
    memcpy(m->data, text, len);
    char *p = m->data + len;
    for (unsigned i = 0; ev && i < 6 && ev->topics[i]; i++) {
        size_t n = strlen(ev->topics[i]) + 1;
        memcpy(p, ev->topics[i], n);
        m->topics[i] = p;
        p += n;
    }
    if (ev && ev->audience) {
        memcpy(p, ev->audience, strlen(ev->audience) + 1);
        m->audience = p;
    }
    return m;
}

void sse_msg_unref(struct msg *m)
{
    if (m && atomic_fetch_sub(&m->refs, 1) == 1)
        free(m);
}

/* ---- one stream; hub mutex held ---- */

/* Is the topic one of the words of the audience? */
static bool audience_has(const char *audience, const char *topic)
{
    size_t n = strlen(topic);
    for (const char *at = audience; at && (at = strstr(at, topic)); at += n)
        if ((at == audience || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

static bool sub_wants(const struct http_sse_sub *sub, const struct msg *m)
{
    for (unsigned i = 0; i < 6 && m->topics[i]; i++)
        for (unsigned k = 0; k < sub->n_topics; k++)
            if (strcmp(m->topics[i], sub->topics[k]) == 0)
                return true;
    for (unsigned k = 0; m->audience && k < sub->n_topics; k++)
        if (audience_has(m->audience, sub->topics[k]))
            return true;
    return false;
}

void sse_sub_put(struct http_sse_sub *sub, struct msg *m)
{
    atomic_fetch_add(&m->refs, 1);
    sub->queue[(sub->head + sub->count) % SSE_BACKLOG] = m;
    sub->count++;
}

static struct msg *sub_pop(struct http_sse_sub *sub)
{
    struct msg *m = sub->queue[sub->head];
    sub->head = (sub->head + 1) % SSE_BACKLOG;
    sub->count--;
    return m;
}

/* Drops the backlog, except a message that is half sent, and says so. */
static void sub_overflow(struct http_sse_sub *sub)
{
    struct msg *half = sub->pos && !sub->replay ? sub_pop(sub) : NULL;
    while (sub->count)
        sse_msg_unref(sub_pop(sub));
    if (half) {
        sse_sub_put(sub, half);
        sse_msg_unref(half);
    }
    sse_sub_put(sub, sub->hub->resync);
    sub->hub->overflowed++;
}

void sse_sub_wake(struct http_sse_sub *sub)
{
    if (!sub->suspended)
        return;
    sub->suspended = false;
    MHD_resume_connection(sub->call->mhd);
    atomic_fetch_sub(&sub->hub->s->suspended, 1);
}

static void sub_send(struct http_sse_sub *sub, struct msg *m)
{
    if (sub->count == SSE_BACKLOG)
        sub_overflow(sub);
    else
        sse_sub_put(sub, m);
    sub->hub->delivered++;
    sse_sub_wake(sub);
}

static void sub_free(struct http_sse_sub *sub)
{
    while (sub->count)
        sse_msg_unref(sub_pop(sub));
    if (sub->ctx_free)
        sub->ctx_free(sub->ctx);
    for (unsigned i = 0; i < sub->n_topics; i++)
        free(sub->topics[i]);
    free(sub->replay);
    free(sub);
}

void sse_sub_unref(struct http_sse_sub *sub)
{
    pthread_mutex_lock(&sub->hub->mu);
    bool last = --sub->refs == 0;
    pthread_mutex_unlock(&sub->hub->mu);
    if (last)
        sub_free(sub);
}

void sse_drop(struct http_sse_sub *sub)
{
    struct sse_hub *h = sub->hub;
    pthread_mutex_lock(&h->mu);
    if (sub->linked) {
        if (sub->prev)
            sub->prev->next = sub->next;
        else
            h->subs = sub->next;
        if (sub->next)
            sub->next->prev = sub->prev;
        sub->linked = false;
        h->n--;
    }
    pthread_mutex_unlock(&h->mu);
    sse_sub_unref(sub);
}

/* ---- what MHD calls ---- */

void sse_attach(struct http_sse_sub *sub, struct call *c)
{
    pthread_mutex_lock(&sub->hub->mu);
    sub->call = c;
    pthread_mutex_unlock(&sub->hub->mu);
}

void sse_detach(struct http_sse_sub *sub)
{
    pthread_mutex_lock(&sub->hub->mu);
    sub->call = NULL;
    pthread_mutex_unlock(&sub->hub->mu);
}

static size_t take(const char *p, size_t len, size_t *pos, char *out, size_t cap)
{
    size_t n = len - *pos < cap ? len - *pos : cap;
    memcpy(out, p + *pos, n);
    *pos += n;
    return n;
}

ssize_t sse_read(void *cls, uint64_t at, char *out, size_t cap)
{
    struct http_sse_sub *sub = cls;
    struct sse_hub *h = sub->hub;
    size_t n = 0;
    (void)at;
    pthread_mutex_lock(&h->mu);
    if (sub->replay) {
        n = take(sub->replay, sub->replay_len, &sub->pos, out, cap);
        if (sub->pos == sub->replay_len) {
            free(sub->replay);
            sub->replay = NULL;
            sub->pos = 0;
        }
    }
    while (!sub->replay && sub->count && n < cap) {
        struct msg *m = sub->queue[sub->head];
        n += take(m->data, m->len, &sub->pos, out + n, cap - n);
        if (sub->pos < m->len)
            break;
        sse_msg_unref(sub_pop(sub));
        sub->pos = 0;
    }
    ssize_t ret = (ssize_t)n;
    if (n) {
        sub->written_ms = clock_mono_ms();
        sub->call->sent += (int64_t)n;
    } else if (sub->ended || h->closing) {
        ret = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        sub->suspended = true;
        atomic_fetch_add(&h->s->suspended, 1);
        MHD_suspend_connection(sub->call->mhd);
    }
    pthread_mutex_unlock(&h->mu);
    return ret;
}

void sse_end(void *cls)
{
    sse_drop(cls);
}

/* ---- subscribing ---- */

static enum status limits_check(const struct sse_hub *h, const struct http_sse_sub *mine, struct err *err)
{
    unsigned user = 0, address = 0;
    for (const struct http_sse_sub *sub = h->subs; sub; sub = sub->next) {
        user += mine->user[0] && strcmp(sub->user, mine->user) == 0;
        address += strcmp(sub->address, mine->address) == 0;
    }
    if (h->closing)
        return err_field(err, ST_UNAVAIL, "stopping", NULL, "the server is being stopped");
    if (h->n >= g_conf->sse_connections)
        return err_field(err, ST_UNAVAIL, "too_many_streams", NULL, "too many event streams are open");
    if (user >= g_conf->sse_per_user || address >= g_conf->sse_per_address) {
        err_field(err, ST_THROTTLED, "too_many_streams", NULL, "you have too many event streams open");
        return err_hint(err, "Close other tabs, or poll.");
    }
    return ST_OK;
}

static void catch_up(struct sse_hub *h, struct http_sse_sub *sub)
{
    for (unsigned i = 0; i < SSE_RECENT; i++) {
        struct msg *m = h->recent[(h->recent_at + i) % SSE_RECENT];
        if (!m || m->id <= sub->last_id || !sub_wants(sub, m))
            continue;
        if (sub->count == SSE_BACKLOG) {
            sub_overflow(sub);
            return;
        }
        sse_sub_put(sub, m);
    }
}

static struct http_sse_sub *sub_new(struct http_req *req, const char *user, const char *const topics[], size_t n_topics,
                                    const char *replay, size_t replay_len)
{
    static const char hello[] = "retry: 3000\n\n";
    struct call *c = req->conn;
    struct http_sse_sub *sub = calloc(1, sizeof *sub);
    if (!sub)
        return NULL;
    sub->hub = c->s->hub;
    sub->refs = 1;
    sub->replay_len = sizeof hello - 1 + replay_len;
    sub->replay = malloc(sub->replay_len);
    bool ok = sub->replay != NULL;
    for (; ok && sub->n_topics < n_topics; sub->n_topics++) {
        sub->topics[sub->n_topics] = strdup(topics[sub->n_topics]);
        ok = sub->topics[sub->n_topics] != NULL;
    }
    if (!ok) {
        sub_free(sub);
        return NULL;
    }
    memcpy(sub->replay, hello, sizeof hello - 1);
    if (replay_len)
        memcpy(sub->replay + sizeof hello - 1, replay, replay_len);
    (void)str_fmt(sub->user, sizeof sub->user, "%s", user ? user : "");
    (void)str_fmt(sub->address, sizeof sub->address, "%s", req->address);
    sub->written_ms = sub->checked_ms = clock_mono_ms();
    return sub;
}

enum status http_sse_subscribe(struct http_req *req, const char *user, const char *const topics[], size_t n_topics,
                               const char *replay, size_t replay_len, int64_t last_id, bool (*recheck)(void *ctx),
                               void (*ctx_free)(void *), void *ctx, struct http_reply *ret, struct err *err)
{
    enum status st = ST_OK;
    struct http_sse_sub *sub = NULL;
    if (n_topics > SSE_TOPICS)
        st = err_field(err, ST_INVALID, "too_many_topics", "topics", "at most %d topics a stream", SSE_TOPICS);
    else if (replay_len > SSE_REPLAY_MAX)
        st = err_field(err, ST_TOOBIG, "replay_too_large", NULL, "too much to replay");
    else if (!(sub = sub_new(req, user, topics, n_topics, replay, replay_len)))
        st = err_set(err, ST_FATAL, "out of memory for an event stream");
    if (st) {
        if (ctx_free)
            ctx_free(ctx);
        return st;
    }
    sub->recheck = recheck;
    sub->ctx_free = ctx_free;
    sub->ctx = ctx;
    sub->last_id = last_id;
    struct sse_hub *h = sub->hub;
    pthread_mutex_lock(&h->mu);
    st = limits_check(h, sub, err);
    if (!st) {
        catch_up(h, sub);
        sub->next = h->subs;
        if (h->subs)
            h->subs->prev = sub;
        h->subs = sub;
        sub->linked = true;
        h->n++;
    }
    pthread_mutex_unlock(&h->mu);
    if (st) {
        sse_sub_unref(sub);
        return st;
    }
    ret->kind = REPLY_SSE;
    ret->sse = sub;
    ret->type = "text/event-stream";
    ret->cache = "no-store";
    ret->negotiate_none = true;
    http_reply_header(ret, "X-Accel-Buffering", "no");
    return ST_OK;
}

/* ---- publishing ---- */

void http_sse_publish(struct http_server *s, const struct http_sse_event *ev)
{
    struct sse_hub *h = s->hub;
    BUF_AUTO b = { 0 };
    buf_init(&b, 256 * 1024);
    http_sse_format(&b, ev);
    struct msg *m = buf_ok(&b) ? sse_msg_new(b.p, b.len, ev) : NULL;
    if (!m)
        return;
    pthread_mutex_lock(&h->mu);
    h->published++;
    sse_msg_unref(h->recent[h->recent_at]);
    h->recent[h->recent_at] = m;
    h->recent_at = (h->recent_at + 1) % SSE_RECENT;
    for (struct http_sse_sub *sub = h->subs; sub; sub = sub->next)
        if (sub_wants(sub, m) && (m->id <= 0 || m->id > sub->last_id)) /* a replay may be ahead of who publishes */
            sub_send(sub, m);
    pthread_mutex_unlock(&h->mu);
}
