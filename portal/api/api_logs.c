/* GET /runs/:id/logs/:name: a log as plain text, also while it grows.
 *
 * name: "stdout" and "stderr" of an attempt (?attempt=, the latest when absent), or the file name of a log that the
 * results list. ?tail=N sends the last N bytes from the start of a line, with X-Log-Offset and X-Log-Size so that a
 * follower goes on with `Range: bytes=<size>-`; a follower that is ahead of the file gets 416 and asks again.
 * A log of an ended run has an ETag; a growing one has none, since its bytes are not settled.
 */
#include "run.h"

#include "../core/file.h"
#include "../core/str.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define TAIL_MAX (1 << 20)

/* Path of the log below the run folder. */
static enum status log_path(struct http_req *req, const struct run_head *h, const char **ret_rel, struct err *err)
{
    const char *name = req->arg[1];
    struct db_rows *r = NULL;
    int64_t attempt;
    enum status st;

    st = http_query_i64(req, "attempt", h->attempt, 1, 99999, &attempt, err);
    if (st)
        return st;
    if (str_eq(name, "stdout") || str_eq(name, "stderr")) {
        if (attempt < 1)
            return err_field(err, ST_NOTFOUND, "no_attempt_yet", NULL,
                             "The run has not been prepared yet, so it has no log.");
        *ret_rel = arena_printf(req->arena, "attempt/a%02lld/%s.log", (long long)attempt, name);
        return ST_OK;
    }
    st = db_run(api_db(req), SQL_RUN_RESULT_LOG, &r, err, P_TEXT(h->id), P_TEXT(name));
    if (st)
        return st;
    db_rows_keep(r, req->arena);
    if (db_count(r) == 0) {
        err_field(err, ST_NOTFOUND, "log_not_found", "name", "The run has no log called \"%.80s\".", name);
        return err_hint(err,
                        "\"stdout\" and \"stderr\" always exist once a run has started; other logs are listed in the "
                        "results, and every file of the run under /files.");
    }
    *ret_rel = db_text(r, 0, 0);
    return ST_OK;
}

static enum status tail_reply(struct http_req *req, struct http_reply *ret, int fd, int64_t size, int64_t tail,
                              struct err *err)
{
    int64_t from = size > tail ? size - tail : 0;
    size_t n = (size_t)(size - from), got = 0, skip = 0;
    char *text = arena_alloc(req->arena, n + 1);

    if (!text)
        return err_set(err, ST_TOOBIG, "The tail is too long; ask for less.");
    while (got < n) {
        ssize_t k = pread(fd, text + got, n - got, (off_t)(from + (int64_t)got));

        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return err_sys(err, errno, "The log cannot be read");
        if (k == 0)
            break; /* cut by a new attempt meanwhile */
        got += (size_t)k;
    }
    if (from > 0) {
        const char *nl = memchr(text, '\n', got);

        skip = nl ? (size_t)(nl - text) + 1 : 0;
    }
    buf_init(&ret->body, TAIL_MAX + 1);
    buf_add(&ret->body, text + skip, got - skip);
    http_reply_header(ret, "X-Log-Offset", arena_printf(req->arena, "%lld", (long long)from + (long long)skip));
    http_reply_header(ret, "X-Log-Size", arena_printf(req->arena, "%lld", (long long)from + (long long)got));
    return ST_OK;
}

enum status api_run_log(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { "tail", "attempt", NULL };
    struct run_head h;
    const char *rel = NULL;
    int64_t size, tail;
    enum status st;
    int fd;

    st = http_query_only(req, known, err);
    if (!st)
        st = http_query_i64(req, "tail", 0, 1, TAIL_MAX, &tail, err);
    if (!st)
        st = run_head_read(req, &h, err);
    if (!st)
        st = log_path(req, &h, &rel, err);
    if (!st)
        st = run_file_open(&h, rel, &fd, &size, err);
    if (st)
        return st;

    ret->type = "text/plain; charset=utf-8";
    http_reply_header(ret, "X-Log-Growing", h.ended ? "0" : "1");
    if (tail > 0) {
        st = tail_reply(req, ret, fd, size, tail, err);
        close(fd);
        return st;
    }
    ret->kind = REPLY_FD;
    ret->fd = fd;
    ret->fd_size = size;
    if (h.ended)
        ret->etag = run_file_etag(req, fd, size);
    return ST_OK;
}
