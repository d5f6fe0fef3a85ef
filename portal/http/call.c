/* One request, from its head to the last byte of the reply: what MHD's callbacks do.
 *
 *   HEAD     first callback: id, raw target -> route row -> refusals that need no body
 *   OPENING  (BODY_STREAM) suspended; an executor runs guard and open. Suspending in the first callback keeps MHD in
 *            its "headers processed" state: the answer can still be an early refusal, and no 100-continue is sent
 * before BODY     pieces arrive on the event thread DRAIN    the answer is known to be a refusal; a small rest of the
 * body is read and dropped to save the connection RUN      suspended; an executor runs guard and handler and builds the
 * reply REPLY    resumed; MHD accepts a reply only here (or in the first callback)
 *
 * Caveats. MHD takes no reply in the middle of a body: a refusal there is written to the socket by ourselves and the
 * connection is cut (plain HTTP; under TLS it is only cut). Every suspension is counted, because MHD aborts the process
 * when it is stopped with a suspended connection.
 */
#include "http_int.h"

#include "../core/clock.h"
#include "../core/log.h"
#include "../core/str.h"

#include <stdlib.h>
#include <sys/socket.h>

void call_suspend(struct call *c)
{
    atomic_fetch_add(&c->s->suspended, 1);
    MHD_suspend_connection(c->mhd);
}

void call_resume(struct call *c)
{
    struct http_server *s = c->s;
    MHD_resume_connection(c->mhd); /* from here on c belongs to its event thread again */
    atomic_fetch_sub(&s->suspended, 1);
}

void call_fail(struct call *c, const struct err *err)
{
    http_problem(&c->req, err, &c->reply);
    reply_build(c);
}

/* ---- head ---- */

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct call *c = cls;
    (void)kind;
    if (c->n_hdr == HTTP_MAX_HEADERS) {
        c->n_hdr++;
        return MHD_NO;
    }
    c->hdr[c->n_hdr][0] = name;
    c->hdr[c->n_hdr][1] = value ? value : "";
    c->n_hdr++;
    return MHD_YES;
}

static struct call *call_new(struct http_server *s, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct call *c = calloc(1, sizeof *c);
    if (!c || !info || !info->socket_context) {
        free(c);
        return NULL;
    }
    c->s = s;
    c->mhd = mhd;
    c->conn = info->socket_context;
    c->start_us = clock_wall_us();
    c->req.arena = arena_new(HTTP_ARENA_MAX);
    c->url = arena_alloc(c->req.arena, sizeof *c->url);
    c->hdr = arena_alloc(c->req.arena, HTTP_MAX_HEADERS * sizeof *c->hdr);
    c->req.conn = c;
    c->req.content_length = -1;
    c->req.tls = s->tls;
    c->reply.fd = -1;
    id_new("req", c->id);
    c->req.id = c->id;
    c->req.path = "?";
    c->req.body = "";
    buf_init(&c->reply.body, HTTP_ARENA_MAX);
    atomic_fetch_add(&s->calls, 1);
    c->ours = true;
    conn_busy(c->conn, true, false);
    return c;
}

static void call_free(struct call *c)
{
    if (c->stream_open && c->req.route->stream->close)
        c->req.route->stream->close(&c->req, false);
    if (c->res)
        MHD_destroy_response(c->res);
    reply_drop(&c->reply);
    buf_free(&c->reply.body);
    buf_free(&c->body);
    arena_free(c->req.arena);
    if (c->ours)
        atomic_fetch_sub(&c->s->calls, 1);
    free(c);
}

static enum status call_route(struct call *c, const char *method, struct err *err)
{
    char *raw = c->conn->uri;
    c->conn->uri = NULL;
    if (raw)
        arena_defer(c->req.arena, free, raw);
    MHD_get_connection_values(c->mhd, MHD_HEADER_KIND, take_header, c);
    if (c->n_hdr > HTTP_MAX_HEADERS) {
        c->n_hdr = HTTP_MAX_HEADERS;
        c->hdr_cut = true;
        return err_field(err, ST_TOOBIG, "too_many_headers", "", "more than %d header fields", HTTP_MAX_HEADERS);
    }
    client_address(c->s, c);
    c->req.method = method_parse(method);
    enum status st = url_parse(c->req.arena, raw ? raw : "", c->url, err);
    if (st)
        return st;
    c->req.path = c->url->path;
    unsigned allow;
    c->req.route = router_find(c->s->router, c->url, c->req.method, c->req.arena, c->req.arg, &allow);
    if (c->req.route)
        return ST_OK;
    if (!allow)
        return err_field(err, ST_NOTFOUND, "no_such_path", "path", "there is nothing at this address");
    http_reply_header(&c->reply, "Allow", method_allow(c->req.arena, allow));
    if (c->req.method == HM_OPTIONS) {
        c->reply.code = 204;
        return ST_OK;
    }
    c->reply.code = 405;
    return err_field(err, ST_INVALID, "method_not_allowed", "", "this address does not take %s", method);
}

/* First callback. Afterwards the phase says how to go on. */
static void call_begin(struct call *c, const char *method, const char *version)
{
    struct err err = { 0 };
    c->http10 = !str_eq(version, "HTTP/1.1");
    enum status st = call_route(c, method, &err);
    struct err refusal = err;
    enum status body = body_check(c, &err);
    if (!st && body) {
        st = body;
        refusal = err;
    }
    if (!st && !c->req.route) { /* OPTIONS */
        reply_build(c);
        c->phase = c->has_body ? PH_DRAIN : PH_REPLY;
    } else if (st) {
        call_fail(c, &refusal);
        c->has_body |= c->hdr_cut; /* what was not read may announce one */
        c->phase = c->has_body ? PH_DRAIN : PH_REPLY;
    } else if (c->req.route->body == BODY_STREAM) {
        c->phase = PH_OPENING;
    } else {
        c->phase = c->has_body ? PH_BODY : PH_READY;
        if (c->has_body)
            buf_init(&c->body, (size_t)c->body_max);
    }
}

/* ---- executors ---- */

static enum status call_guarded(struct call *c, bool *ret_done, struct err *err)
{
    *ret_done = false;
    if (!c->s->hooks.guard || (!c->req.thread && c->req.route->flags & ROUTE_NO_THREAD))
        return ST_OK;
    return c->s->hooks.guard(&c->req, &c->reply, ret_done, err);
}

static enum status call_handle(struct call *c, struct err *err)
{
    const struct http_route *rt = c->req.route;
    bool done = false;
    if (c->phase == PH_OPENING) {
        enum status st = call_guarded(c, &done, err);
        if (st || done) {
            c->answered = true; /* a reply instead of a body */
            return st;
        }
        st = rt->stream->open ? rt->stream->open(&c->req, &c->reply, err) : ST_OK;
        c->stream_open = st == ST_OK;
        c->answered = st != ST_OK;
        return st;
    }
    if (rt->body != BODY_STREAM) {
        enum status st = call_guarded(c, &done, err);
        if (st || done)
            return st;
    }
    enum status st = rt->handler(&c->req, &c->reply, err);
    if (rt->body == BODY_STREAM && c->stream_open) {
        c->stream_open = false;
        if (rt->stream->close)
            rt->stream->close(&c->req, true);
    }
    if (c->s->hooks.after)
        c->s->hooks.after(&c->req, &c->reply, st, err);
    return st;
}

void call_execute(struct call *c, void *thread, const struct err *away)
{
    struct err err = { 0 };
    log_bind(c->id);
    c->req.thread = thread;
    enum status st;
    if (!thread && away && !(c->req.route->flags & ROUTE_NO_THREAD && c->req.route->access == ACC_PUBLIC)) {
        err = *away;
        st = err.st;
        c->answered = true;
    } else {
        st = call_handle(c, &err);
    }
    if (st) {
        if (st == ST_FATAL || st == ST_UNAVAIL)
            log_err(st == ST_FATAL ? LOG_ERROR : LOG_WARN, "http.handler", &err);
        call_fail(c, &err);
    } else if (c->phase != PH_OPENING || c->answered) {
        reply_build(c);
    }
    c->req.thread = NULL;
    log_bind(NULL);
    call_resume(c);
}

/* Suspends first, then hands over: the other order could resume before the suspension. */
static void call_submit(struct call *c)
{
    c->queued_ms = clock_mono_ms();
    call_suspend(c);
    if (executor_push(c->s->executor, c))
        return;
    struct err err = { 0 };
    err_field(&err, ST_UNAVAIL, "overloaded", NULL, "the server has too much to do right now");
    atomic_fetch_add(&c->s->refused_queue, 1);
    c->answered = true;
    call_fail(c, &err);
    call_resume(c);
}

/* ---- replies ---- */

/* An open stream keeps its call for hours: give back what only the request needed. */
static void call_slim(struct call *c)
{
    if (c->req.user)
        (void)str_fmt(c->user, sizeof c->user, "%s", c->req.user);
    c->req.user = c->req.user ? c->user : NULL;
    c->req.path = c->req.route->pattern;
    c->n_hdr = 0;
    c->url = NULL;
    c->req.principal = NULL;
    arena_free(c->req.arena);
    c->req.arena = NULL;
    atomic_fetch_sub(&c->s->calls, 1);
    c->ours = false;
}

static enum MHD_Result call_send(struct call *c)
{
    c->phase = PH_SENT;
    struct MHD_Response *res = c->res;
    c->res = NULL;
    if (!res)
        return MHD_NO;
    if (c->sse) {
        sse_attach(c->sse, c);
        call_slim(c);
    }
    enum MHD_Result ok = MHD_queue_response(c->mhd, (unsigned)c->code, res);
    MHD_destroy_response(res);
    return ok;
}

/* MHD cannot answer in the middle of a body: write the reply ourselves and cut the connection. */
static enum MHD_Result call_cut(struct call *c)
{
    c->phase = PH_SENT;
    if (!c->s->tls) {
        BUF_AUTO raw = { 0 };
        buf_init(&raw, 64 * 1024);
        reply_raw(c, &raw);
        if (buf_ok(&raw))
            c->sent =
                send(c->conn->fd, raw.p, raw.len, MSG_NOSIGNAL | MSG_DONTWAIT) > 0 ? (int64_t)c->reply.body.len : 0;
    }
    c->conn->linger = true;
    return MHD_NO;
}

static enum MHD_Result call_drain(struct call *c, size_t *data_size)
{
    if (*data_size == 0)
        return call_send(c);
    c->drained += (int64_t)*data_size;
    *data_size = 0;
    return c->drained > HTTP_DRAIN_MAX ? call_cut(c) : MHD_YES;
}

static enum MHD_Result call_piece(struct call *c, const char *data, size_t *data_size)
{
    struct err err = { 0 };
    enum status st;
    conn_bytes(c->conn, *data_size);
    if (*data_size) {
        st = body_take(c, data, *data_size, &err);
        *data_size = 0;
        if (!st)
            return MHD_YES;
        c->phase = PH_DRAIN;
        call_fail(c, &err);
        return MHD_YES;
    }
    conn_busy(c->conn, true, false);
    st = body_end(c, &err);
    if (st) {
        call_fail(c, &err);
        return call_send(c);
    }
    c->phase = PH_RUN;
    call_submit(c);
    return MHD_YES;
}

/* After the first look at the head: an early refusal of a large body is sent now, everything else waits for its turn.
 */
static enum MHD_Result call_first(struct call *c)
{
    bool large = c->req.content_length < 0 || c->req.content_length > HTTP_DRAIN_MAX;
    if (c->phase == PH_DRAIN && (large || http_header(&c->req, "Expect"))) {
        c->conn->linger = true;
        return call_send(c);
    }
    if (c->phase == PH_OPENING)
        call_submit(c);
    else if (c->phase == PH_BODY)
        conn_busy(c->conn, true, true);
    return MHD_YES;
}

static enum MHD_Result call_opened(struct call *c)
{
    if (!c->answered) {
        c->phase = PH_BODY;
        conn_busy(c->conn, true, true);
        return MHD_YES; /* without a body MHD calls again at once: the final call */
    }
    if (!c->has_body) {
        c->phase = PH_REPLY;
        return MHD_YES;
    }
    c->phase = PH_DRAIN;
    return call_first(c);
}

enum MHD_Result call_on_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                const char *version, const char *data, size_t *data_size, void **con_cls)
{
    struct call *c = *con_cls;
    (void)url; /* already decoded by MHD: useless, see url.c */
    if (!c) {
        c = call_new(cls, mhd);
        if (!c)
            return MHD_NO;
        *con_cls = c;
        call_begin(c, method, version);
        return call_first(c);
    }
    switch (c->phase) {
    case PH_OPENING:
        return call_opened(c);
    case PH_BODY:
        return call_piece(c, data, data_size);
    case PH_DRAIN:
        return call_drain(c, data_size);
    case PH_READY:
        c->phase = PH_RUN;
        call_submit(c);
        return MHD_YES;
    case PH_RUN:
    case PH_REPLY:
        return call_send(c);
    case PH_HEAD:
    case PH_SENT:
        break;
    }
    return MHD_NO;
}

void call_on_completed(void *cls, struct MHD_Connection *mhd, void **con_cls, enum MHD_RequestTerminationCode toe)
{
    struct http_server *s = cls;
    struct call *c = *con_cls;
    (void)mhd;
    if (!c)
        return;
    *con_cls = NULL;
    bool complete = toe == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    int64_t us = clock_wall_us() - c->start_us;
    metrics_count(s->metrics, router_index(s->router, c->req.route), c->code, us, c->sent);
    access_log(c, complete, us);
    conn_busy(c->conn, false, false);
    if (c->sse)
        sse_detach(c->sse);
    call_free(c);
}
