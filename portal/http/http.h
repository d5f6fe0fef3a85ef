/* HTTP: what a handler sees. The only folder that includes microhttpd.h is this
 * one; a handler gets a plain request, fills a plain reply, and can be tested
 * without a socket.
 *
 * Flow: raw path -> route row -> refusals that need no body (404, 405, 411, 413,
 * 415, 401 without any credential, 429) -> [body] -> suspend, executor thread:
 * guard hook (who is it, may they: see struct http_hooks) -> handler -> resume and send.
 *
 * A handler returns ST_OK with the reply filled, or another status with *err
 * filled: http turns that into problem+json (one table status -> HTTP code).
 */
#ifndef ATH_HTTP_H
#define ATH_HTTP_H

#include "../core/arena.h"
#include "../core/buf.h"
#include "../core/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum http_method { HM_GET = 1, HM_POST, HM_PUT, HM_PATCH, HM_DELETE, HM_OPTIONS, HM_HEAD };
/* HM_GET rows serve HEAD as well unless the path has a HM_HEAD row of its own. */

enum http_access { ACC_PUBLIC, ACC_USER, ACC_ADMIN }; /* who may call at all */
enum http_object {
    OBJ_NONE,
    OBJ_PROJECT,
    OBJ_FILE,
    OBJ_STRUCTURE,
    OBJ_RUN,
    OBJ_UPLOAD
};                                                                 /* what arg[0] names; its project decides */
enum http_need { NEED_NONE, NEED_VIEWER, NEED_MEMBER, NEED_LEAD }; /* least project role on that object */
enum http_body { BODY_NONE, BODY_JSON, BODY_STREAM };

#define ROUTE_IDEMPOTENT   1u /* POST that creates: Idempotency-Key honoured (required unless ROUTE_KEY_OPTIONAL) */
#define ROUTE_KEY_OPTIONAL 2u
#define ROUTE_NO_CSRF      4u  /* sign-in itself */
#define ROUTE_SSE          8u  /* the handler's reply is an event stream */
#define ROUTE_WILDCARD     16u /* last segment "*" takes the rest of the path, decoded, into the last arg */
#define ROUTE_AUDIT        32u /* a privileged act: guard writes an audit row on success */
#define ROUTE_NO_THREAD                                                                                                \
    64u /* public row that also runs while hooks.thread_open fails: req->thread is NULL then, no guard */
#define ROUTE_SECRET                                                                                                   \
    128u /* the reply holds a secret: with ROUTE_IDEMPOTENT a repeat is refused instead of answered again */

struct http_req;
struct http_reply;
typedef enum status http_handler(struct http_req *req, struct http_reply *ret, struct err *err);

/* BODY_STREAM: open runs on an executor after the guard and before a byte of the body is read; write runs on the event
 * thread for each piece (must not block on anything but the disk); handler runs on an executor after the last piece.
 * close runs exactly once whenever open succeeded, also when the client went away (complete = false), on any thread. */
struct http_stream {
    http_handler *open; /* on failure the reply is sent and the body never read; sets req->stream_ctx */
    enum status (*write)(struct http_req *req, const char *p, size_t n, struct err *err);
    void (*close)(struct http_req *req, bool complete);
};

struct http_route {
    const char *name; /* "runs.list": stable, in logs, metrics, OpenAPI operationId */
    enum http_method method;
    const char *pattern; /* "/api/v1/runs/:id/logs/:name" */
    http_handler *handler;
    enum http_access access;
    enum http_object object;
    enum http_need need;
    const char *scope; /* token scope needed ("runs:read"); NULL: session only */
    enum http_body body;
    int64_t body_max;         /* 0: setting json_body_max */
    const char *content_type; /* for BODY_STREAM; NULL any */
    unsigned flags;
    const struct http_stream *stream;
    const char *summary; /* one sentence, for OpenAPI */
};

struct http_req {
    struct arena *arena; /* freed after the reply is sent */
    const char *id;      /* "req_...", also X-Request-Id */
    const struct http_route *route;
    enum http_method method;
    const char *path;   /* decoded, for logs */
    const char *arg[4]; /* captured segments in order: decoded once, UTF-8, no NUL, no '/', not "." or ".." */
    const char *body;   /* BODY_JSON: whole body, NUL-terminated */
    size_t body_len;
    int64_t content_length; /* -1 when not told */
    const char *address;    /* client address after trusted proxies */
    bool tls;               /* at us or at the trusted proxy */
    const char *user;       /* set by the guard (arena memory): who, for the access log */
    void *thread;           /* what hooks.thread_open made: struct db * */
    void *principal;        /* what the guard found: struct principal *, NULL for nobody */
    void *stream_ctx;
    void *conn; /* private to http */
};

const char *http_header(const struct http_req *req, const char *name); /* NULL when absent */
const char *http_query(const struct http_req *req, const char *name);  /* decoded; NULL when absent */
const char *http_cookie(const struct http_req *req, const char *name);
/* Bounded integer from the query: default when absent, ST_INVALID naming it when wrong. */
enum status http_query_i64(const struct http_req *req, const char *name, int64_t def, int64_t min, int64_t max,
                           int64_t *ret_v, struct err *err);
/* Names of query parameters not in `allowed` (NULL-ended) are ST_INVALID. */
enum status http_query_only(const struct http_req *req, const char *const allowed[], struct err *err);

enum http_reply_kind { REPLY_BUF, REPLY_FD, REPLY_PULL, REPLY_SSE };
struct http_sse_sub;
struct http_reply {
    int code; /* 200 when left 0 */
    enum http_reply_kind kind;
    struct buf body;  /* REPLY_BUF; http frees it */
    const char *type; /* content type; default application/json */
    int fd;           /* REPLY_FD: http closes it; ranges, If-Range, conditional GET are done by http from etag/mtime */
    int64_t fd_size;
    /* REPLY_PULL: called on a producer thread until it returns 0 (end) or <0 (cut the connection). */
    ssize_t (*pull)(void *ctx, char *out, size_t cap);
    void (*pull_free)(void *ctx);
    void *pull_ctx;
    const char *etag;         /* strong, without quotes; If-None-Match is answered by http */
    const char *cache;        /* Cache-Control; default "private, no-store" (with etag: "private, no-cache") */
    struct http_sse_sub *sse; /* REPLY_SSE */
    const char *hdr[16][2];   /* further headers, arena memory */
    unsigned n_hdr;
    bool negotiate_none; /* never compress */
};
void http_reply_header(struct http_reply *r, const char *name, const char *value);
/* Content-Disposition: attachment with RFC 6266/8187 coding of a foreign name. */
void http_reply_attachment(struct http_req *req, struct http_reply *r, const char *filename);
/* Set-Cookie with HttpOnly; SameSite=Lax; Path=/; Secure when req->tls. max_age_s 0 deletes. */
void http_reply_cookie(struct http_req *req, struct http_reply *r, const char *name, const char *value,
                       int64_t max_age_s);

struct http_hooks {
    void *(*thread_open)(struct err *err); /* an executor's own database connection; may fail: 503 until it works */
    void (*thread_close)(void *thread);
    /* Fills req->principal and decides; ST_OK lets the handler run. Also does CSRF/Origin for cookie sessions, rate
     * limit, idempotency replay (then fills ret and sets *ret_done). */
    enum status (*guard)(struct http_req *req, struct http_reply *ret, bool *ret_done, struct err *err);
    /* After the handler: stores idempotent replies, writes audit. May not change the reply's meaning. */
    void (*after)(struct http_req *req, struct http_reply *reply, enum status st, const struct err *err);
};

struct http_server;
/* routes end with name == NULL. Reads its limits from settings. *ret_s is set before the first request is served. */
enum status http_server_start(const struct http_route *routes, const struct http_hooks *hooks,
                              struct http_server **ret_s, struct err *err);
int http_server_port(const struct http_server *s);
/* Reads certificate and key again, for connections from now on; on failure the old ones stay. */
enum status http_server_reload(struct http_server *s, struct err *err);
/* Stops accepting, lets running requests end (at most grace_ms), ends streams, stops. */
void http_server_stop(struct http_server *s, int64_t grace_ms);
/* Prometheus text of the server's own counters. */
void http_server_metrics(const struct http_server *s, struct buf *out);

/* sse.c: a hub of event streams. publish is thread-safe and never blocks. */
struct http_sse_filter; /* owned by the subscriber; decides which events it gets */
struct http_sse_event {
    int64_t id;
    const char *name;      /* "run", "progress", "notice", "resync" */
    const char *data;      /* one line of JSON */
    const char *topics[6]; /* "project:prj_…", "run:run_…"; NULL ends */
    const char *audience;  /* further topics separated by blanks: "user:usr_… user:usr_…"; may be NULL */
};
/* topics: which events this stream gets (any match). user: for the per-user limit. replay: frames sent first (may be
 * empty). recheck(ctx) runs at most every 10 s on a hub thread; false ends the stream (membership lost, session ended).
 * The stream outlives req and its arena: ctx must own its memory (ctx_free runs once, on any thread, also when
 * subscribing fails). last_id: the newest id in replay (or what the client said): events published in the meantime
 * with a larger id follow the replay, so nothing falls between reading the database and subscribing. */
enum status http_sse_subscribe(struct http_req *req, const char *user, const char *const topics[], size_t n_topics,
                               const char *replay, size_t replay_len, int64_t last_id, bool (*recheck)(void *ctx),
                               void (*ctx_free)(void *), void *ctx, struct http_reply *ret, struct err *err);
void http_sse_publish(struct http_server *s, const struct http_sse_event *ev);
/* Renders one event as SSE text (used for replay). */
void http_sse_format(struct buf *b, const struct http_sse_event *ev);

/* staticfile.c: handler for rows with ROUTE_WILDCARD below settings.static_dir: ETag, .br/.gz siblings, immutable for
 * hashed names; addresses of the application answer with its start page. */
http_handler http_static;
/* archive.c: a folder as zip or tar through libarchive, streamed (REPLY_PULL). root_fd is taken over. name: without
 * extension. */
enum status http_reply_archive(struct http_req *req, struct http_reply *ret, int root_fd, const char *name,
                               const char *format, struct err *err);
/* The same of single files: next gives one after another (its descriptor is taken over) and false at the end; name is a
 * path in the archive, parts joined by "/". free_ctx runs once, also on failure. */
struct http_archive_file {
    const char *name; /* good until the next call */
    int fd;
    int64_t size, mtime; /* mtime: unix seconds */
};
enum status http_reply_archive_files(struct http_req *req, struct http_reply *ret, const char *name, const char *format,
                                     bool (*next)(void *ctx, struct http_archive_file *ret_f),
                                     void (*free_ctx)(void *ctx), void *ctx, struct err *err);
/* problem+json of an error. */
void http_problem(const struct http_req *req, const struct err *err, struct http_reply *ret);
int http_code_of(enum status st);

#endif
