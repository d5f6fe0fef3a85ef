/* REPLY_PULL: bodies made while they are sent (archives), off the event threads and in flat memory.
 *
 * Each stream has two blocks. A producer thread fills the back one by calling pull until it is full; the event thread
 * sends the front one and swaps. An empty front suspends the connection until the producer is done. A stream is worked
 * on by one producer at a time, so pull needs no locks; a few producers serve any number of slow clients, since a
 * stream whose back block is full needs none. A client that left is noticed by MHD when it writes; the stream is then
 * freed by whoever holds it last.
 */
#include "http_int.h"

#include <stdlib.h>
#include <string.h>

#define PULL_BLOCK   (128 * 1024)
#define PULL_THREADS 3

struct block {
    size_t pos, len;
    char data[PULL_BLOCK];
};

struct pull_stream {
    struct puller *p;
    struct http_server *s;
    struct call *c; /* alive while MHD reads */
    struct MHD_Connection *mhd;
    ssize_t (*pull)(void *ctx, char *out, size_t cap);
    void (*free_ctx)(void *ctx);
    void *ctx;
    struct pull_stream *next; /* queue */
    struct block *front, *back;
    bool ready;     /* back is filled, or the end was reached */
    bool queued;    /* a producer has it or will have it */
    bool suspended; /* MHD waits for ready */
    bool end, failed, dead;
};

struct puller {
    pthread_mutex_t mu; /* guards the queue and every stream's flags */
    pthread_cond_t wake;
    struct pull_stream *head, *tail;
    bool closing;
    unsigned n;
    pthread_t threads[PULL_THREADS];
};

static void stream_free(struct pull_stream *ps)
{
    if (ps->free_ctx)
        ps->free_ctx(ps->ctx);
    free(ps->front);
    free(ps->back);
    free(ps);
}

static void enqueue_locked(struct pull_stream *ps)
{
    struct puller *p = ps->p;
    ps->queued = true;
    ps->next = NULL;
    if (p->tail)
        p->tail->next = ps;
    else
        p->head = ps;
    p->tail = ps;
    pthread_cond_signal(&p->wake);
}

static void wake_locked(struct pull_stream *ps)
{
    if (!ps->suspended)
        return;
    ps->suspended = false;
    MHD_resume_connection(ps->mhd);
    atomic_fetch_sub(&ps->s->suspended, 1);
}

static void fill(struct pull_stream *ps)
{
    struct block *b = ps->back;
    b->pos = b->len = 0;
    while (b->len < PULL_BLOCK) {
        ssize_t n = ps->pull(ps->ctx, b->data + b->len, PULL_BLOCK - b->len);
        if (n <= 0) {
            ps->end = n == 0;
            ps->failed = n < 0;
            return;
        }
        b->len += (size_t)n;
    }
}

static void *producer_main(void *arg)
{
    struct puller *p = arg;
    pthread_mutex_lock(&p->mu);
    for (;;) {
        while (!p->head && !p->closing)
            pthread_cond_wait(&p->wake, &p->mu);
        struct pull_stream *ps = p->head;
        if (!ps)
            break;
        p->head = ps->next;
        if (!p->head)
            p->tail = NULL;
        bool dead = ps->dead;
        pthread_mutex_unlock(&p->mu);
        if (!dead)
            fill(ps);
        pthread_mutex_lock(&p->mu);
        ps->queued = false;
        ps->ready = true;
        if (ps->dead) {
            pthread_mutex_unlock(&p->mu);
            stream_free(ps);
            pthread_mutex_lock(&p->mu);
        } else {
            wake_locked(ps);
        }
    }
    pthread_mutex_unlock(&p->mu);
    return NULL;
}

enum status puller_start(struct puller **ret_p, struct err *err)
{
    struct puller *p = calloc(1, sizeof *p);
    if (!p)
        return err_set(err, ST_FATAL, "out of memory for producers");
    pthread_mutex_init(&p->mu, NULL);
    pthread_cond_init(&p->wake, NULL);
    for (; p->n < PULL_THREADS; p->n++) {
        int rc = pthread_create(&p->threads[p->n], NULL, producer_main, p);
        if (rc) {
            puller_close(p);
            puller_free(p);
            return err_sys(err, rc, "producer threads cannot be started");
        }
    }
    *ret_p = p;
    return ST_OK;
}

void puller_close(struct puller *p)
{
    pthread_mutex_lock(&p->mu);
    p->closing = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->mu);
    for (unsigned i = 0; i < p->n; i++)
        pthread_join(p->threads[i], NULL); /* the queue is worked off first, so nobody stays suspended */
    p->n = 0;
}

void puller_free(struct puller *p)
{
    if (!p)
        return;
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->mu);
    free(p);
}

struct pull_stream *pull_new(struct puller *p, struct call *c)
{
    struct pull_stream *ps = calloc(1, sizeof *ps);
    if (!ps || !c->reply.pull) {
        free(ps);
        return NULL;
    }
    ps->front = calloc(1, sizeof *ps->front);
    ps->back = calloc(1, sizeof *ps->back);
    if (!ps->front || !ps->back) {
        stream_free(ps);
        return NULL;
    }
    ps->p = p;
    ps->s = c->s;
    ps->c = c;
    ps->mhd = c->mhd;
    ps->pull = c->reply.pull;
    ps->free_ctx = c->reply.pull_free;
    ps->ctx = c->reply.pull_ctx;
    c->reply.pull_free = NULL;
    return ps;
}

ssize_t pull_read(void *cls, uint64_t pos, char *out, size_t cap)
{
    struct pull_stream *ps = cls;
    struct puller *p = ps->p;
    ssize_t ret = 0;
    (void)pos;
    pthread_mutex_lock(&p->mu);
    if (ps->front->pos == ps->front->len && ps->ready) {
        struct block *b = ps->front;
        ps->front = ps->back;
        ps->back = b;
        b->pos = b->len = 0;
        ps->ready = false;
        if (!ps->end && !ps->failed && !p->closing)
            enqueue_locked(ps);
    }
    struct block *b = ps->front;
    if (b->pos < b->len) {
        size_t n = b->len - b->pos < cap ? b->len - b->pos : cap;
        memcpy(out, b->data + b->pos, n);
        b->pos += n;
        ps->c->sent += (int64_t)n;
        ret = (ssize_t)n;
    } else if (ps->queued || (!ps->end && !ps->failed && !p->closing)) {
        if (!ps->queued)
            enqueue_locked(ps);
        ps->suspended = true;
        atomic_fetch_add(&ps->s->suspended, 1);
        MHD_suspend_connection(ps->mhd);
    } else {
        ret = ps->end ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
    }
    pthread_mutex_unlock(&p->mu);
    return ret;
}

void pull_end(void *cls)
{
    struct pull_stream *ps = cls;
    pthread_mutex_lock(&ps->p->mu);
    ps->dead = true;
    bool held = ps->queued;
    pthread_mutex_unlock(&ps->p->mu);
    if (!held)
        stream_free(ps);
}
