/* The hub and its streams, shared by sse.c (what a stream is, publishing) and sse_hub.c (the thread, start and stop).
 */
#ifndef ATH_HTTP_SSE_INT_H
#define ATH_HTTP_SSE_INT_H

#include "http_int.h"

#define SSE_BACKLOG 64   /* messages a slow stream may be behind */
#define SSE_RECENT  1024 /* events kept for late subscribers */
#define SSE_TOPICS  32

struct msg {
    atomic_uint refs;
    int64_t id;
    const char *topics[6]; /* into data */
    const char *audience;  /* into data; NULL none */
    size_t len;
    char data[];
};

struct http_sse_sub {
    struct sse_hub *hub;
    struct http_sse_sub *next, *prev;
    unsigned refs;     /* the reply's, and the hub thread's while it rechecks */
    struct call *call; /* NULL until the reply goes out */
    bool suspended, ended, linked;
    struct msg *queue[SSE_BACKLOG];
    unsigned head, count;
    size_t pos; /* sent of the head message or of the replay */
    char *replay;
    size_t replay_len;
    int64_t last_id; /* told up to here by the replay */
    int64_t written_ms, checked_ms;
    bool (*recheck)(void *ctx);
    void (*ctx_free)(void *ctx);
    void *ctx;
    char user[ID_MAX];
    char address[INET6_ADDRSTRLEN];
    unsigned n_topics;
    char *topics[SSE_TOPICS];
};

struct sse_hub {
    struct http_server *s;
    pthread_mutex_t mu;
    pthread_cond_t wake;
    struct http_sse_sub *subs;
    unsigned n;
    struct msg *recent[SSE_RECENT];
    unsigned recent_at;
    struct msg *ping, *resync;
    bool closing;
    pthread_t thread;
    unsigned long long published, delivered, overflowed;
};

/* One stream; hub mutex held. */
void sse_sub_put(struct http_sse_sub *sub, struct msg *m); /* queues; there must be room */
void sse_sub_wake(struct http_sse_sub *sub);
/* One stream; hub mutex not held. */
void sse_sub_unref(struct http_sse_sub *sub);
/* ev NULL: a message of no event. NULL when memory is short. */
struct msg *sse_msg_new(const char *text, size_t len, const struct http_sse_event *ev);
void sse_msg_unref(struct msg *m);

#endif
