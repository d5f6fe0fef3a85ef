/* The HTTP layer alone, without database: what `make bench` measures it with, and a place to try it by hand.
 *
 *   GET  /bytes?n=N      N bytes from memory       GET /file    the file named on the command line, by sendfile
 *   PUT  /sink           a streamed body, written to the folder given (or counted only)
 *   GET  /events         an event stream           POST /publish  one event to all streams
 *   GET  /metrics        GET /folder  the folder as zip (?format=tar)
 *
 * http_only [--set name=value]... [file [folder]]; prints the port on the first line and stops on SIGTERM/SIGINT.
 */
#include "../../portal/core/conf.h"
#include "../../portal/core/log.h"
#include "../../portal/http/http.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct http_server *g_server;
static const char *g_file, *g_folder;

static enum status h_bytes(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static char block[4096];
    int64_t n;
    enum status st = http_query_i64(req, "n", 1024, 0, 64 << 20, &n, err);
    if (st)
        return st;
    memset(block, 'x', sizeof block);
    for (; n > 0; n -= (int64_t)sizeof block)
        buf_add(&ret->body, block, n < (int64_t)sizeof block ? (size_t)n : sizeof block);
    ret->type = "text/plain";
    return ST_OK;
}

static enum status h_file(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct stat sb;
    (void)req;
    int fd = g_file ? open(g_file, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || fstat(fd, &sb) != 0)
        return err_set(err, ST_NOTFOUND, "no file was given");
    ret->kind = REPLY_FD;
    ret->fd = fd;
    ret->fd_size = sb.st_size;
    ret->etag = "file";
    ret->type = "application/octet-stream";
    return ST_OK;
}

static enum status h_folder(struct http_req *req, struct http_reply *ret, struct err *err)
{
    int fd = g_folder ? open(g_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        return err_set(err, ST_NOTFOUND, "no folder was given");
    return http_reply_archive(req, ret, fd, "folder", http_query(req, "format"), err);
}

struct sink {
    int fd;
    int64_t n;
};

static enum status sink_open(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct sink *k = arena_alloc(req->arena, sizeof *k);
    (void)ret;
    k->fd = g_folder ? open(g_folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600) : -1;
    if (g_folder && k->fd < 0)
        return err_set(err, ST_FATAL, "no temporary file");
    req->stream_ctx = k;
    return ST_OK;
}

static enum status sink_write(struct http_req *req, const char *p, size_t n, struct err *err)
{
    struct sink *k = req->stream_ctx;
    if (k->fd >= 0 && write(k->fd, p, n) != (ssize_t)n)
        return err_set(err, ST_FATAL, "cannot write");
    k->n += (int64_t)n;
    return ST_OK;
}

static void sink_close(struct http_req *req, bool complete)
{
    struct sink *k = req->stream_ctx;
    (void)complete;
    if (k->fd >= 0)
        (void)close(k->fd);
}

static enum status h_sink(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)err;
    buf_printf(&ret->body, "{\"bytes\":%lld}\n", (long long)((struct sink *)req->stream_ctx)->n);
    return ST_OK;
}

static enum status h_events(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const topics[] = { "all" };
    return http_sse_subscribe(req, "", topics, 1, NULL, 0, 0, NULL, NULL, NULL, ret, err);
}

static enum status h_publish(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static _Atomic int64_t id;
    (void)req, (void)err;
    http_sse_publish(g_server,
                     &(struct http_sse_event){ .id = ++id, .name = "notice", .data = "{}", .topics = { "all" } });
    ret->code = 204;
    return ST_OK;
}

static enum status h_metrics(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)req, (void)err;
    http_server_metrics(g_server, &ret->body);
    ret->type = "text/plain; version=0.0.4";
    return ST_OK;
}

static const struct http_stream g_sink = { sink_open, sink_write, sink_close };
static const struct http_route g_routes[] = {
    { .name = "bytes", .method = HM_GET, .pattern = "/bytes", .handler = h_bytes },
    { .name = "file", .method = HM_GET, .pattern = "/file", .handler = h_file },
    { .name = "folder", .method = HM_GET, .pattern = "/folder", .handler = h_folder },
    { .name = "sink", .method = HM_PUT, .pattern = "/sink", .handler = h_sink, .body = BODY_STREAM, .stream = &g_sink },
    { .name = "events", .method = HM_GET, .pattern = "/events", .handler = h_events, .flags = ROUTE_SSE },
    { .name = "publish", .method = HM_POST, .pattern = "/publish", .handler = h_publish },
    { .name = "metrics", .method = HM_GET, .pattern = "/metrics", .handler = h_metrics },
    { .name = NULL },
};

int main(int argc, char **argv)
{
    struct err err = { 0 };
    sigset_t set;
    int sig;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    log_init("http_only", LOG_WARN, 2, false);
    if (conf_load(&argc, argv, &err) == ST_OK) {
        g_file = argc > 1 ? argv[1] : NULL;
        g_folder = argc > 2 ? argv[2] : NULL;
        if (http_server_start(g_routes, NULL, &g_server, &err) == ST_OK) {
            printf("%d\n", http_server_port(g_server));
            fflush(stdout);
            sigwait(&set, &sig);
            http_server_stop(g_server, 5000);
            return 0;
        }
    }
    log_err(LOG_ERROR, "http_only", &err);
    return 1;
}
