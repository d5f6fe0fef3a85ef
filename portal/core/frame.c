/* Frames: writing into a buf, reading from borrowed bytes, and moving whole
 * frames over descriptors with a deadline.
 *
 * Writes go in pieces of at most PIPE_BUF: a pipe that poll() calls writable
 * takes that much without blocking, so the deadline holds for blocking
 * descriptors too. Programs that use frames ignore SIGPIPE.
 */
#include "frame.h"

#include "clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static void put_be(struct buf *b, uint64_t v, unsigned bytes)
{
    char out[8];

    for (unsigned i = 0; i < bytes; i++)
        out[i] = (char)(v >> (8 * (bytes - 1 - i)) & 0xFF);
    buf_add(b, out, bytes);
}

static uint64_t get_be(const unsigned char *p, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

void frame_begin(struct buf *b, uint16_t type)
{
    put_be(b, 0, 4); /* the length, known in frame_finish */
    put_be(b, type, 2);
}

void frame_add_i64(struct buf *b, int64_t v)
{
    buf_addc(b, 'i');
    put_be(b, (uint64_t)v, 8);
}

void frame_add_double(struct buf *b, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    buf_addc(b, 'd');
    put_be(b, bits, 8);
}

static void add_counted(struct buf *b, char kind, const void *p, size_t n)
{
    if (n > FRAME_MAX) { /* would not fit the length word: fail like passing max */
        b->failed = true;
        return;
    }
    buf_addc(b, kind);
    put_be(b, n, 4);
    buf_add(b, p, n);
}

void frame_add_str(struct buf *b, const char *s)
{
    add_counted(b, 's', s ? s : "", s ? strlen(s) : 0);
}

void frame_add_bytes(struct buf *b, const void *p, size_t n)
{
    add_counted(b, 'b', p, n);
}

void frame_finish(struct buf *b, size_t start)
{
    if (!buf_ok(b))
        return;
    size_t n = b->len - start - 4;
    if (n > FRAME_MAX) {
        b->failed = true;
        return;
    }
    for (unsigned i = 0; i < 4; i++)
        b->p[start + i] = (char)(n >> (24 - 8 * i) & 0xFF);
}

void frame_open(struct frame_reader *r, const void *p, size_t n)
{
    *r = (struct frame_reader){ .p = p, .end = (const unsigned char *)p + n, .bad = n < 2 };
    if (r->bad)
        return;
    r->type = (uint16_t)get_be(r->p, 2);
    r->p += 2;
}

/* Takes the kind byte and n bytes behind it; NULL makes and keeps the reader bad. */
static const unsigned char *field_take(struct frame_reader *r, char kind, size_t n)
{
    if (r->bad || (size_t)(r->end - r->p) < 1 + n || *r->p != (unsigned char)kind) {
        r->bad = true;
        return NULL;
    }
    const unsigned char *at = r->p + 1;
    r->p = at + n;
    return at;
}

int64_t frame_i64(struct frame_reader *r)
{
    const unsigned char *p = field_take(r, 'i', 8);

    return p ? (int64_t)get_be(p, 8) : 0;
}

double frame_double(struct frame_reader *r)
{
    const unsigned char *p = field_take(r, 'd', 8);
    uint64_t bits = p ? get_be(p, 8) : 0;
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static const void *counted_take(struct frame_reader *r, char kind, size_t *ret_n)
{
    const unsigned char *p = field_take(r, kind, 4);

    *ret_n = 0;
    if (!p)
        return NULL;
    size_t n = get_be(p, 4);
    if ((size_t)(r->end - r->p) < n) {
        r->bad = true;
        return NULL;
    }
    p = r->p;
    r->p += n;
    *ret_n = n;
    return p;
}

void frame_str(struct frame_reader *r, char *out, size_t cap)
{
    size_t n;
    const void *p = counted_take(r, 's', &n);

    if (cap)
        out[0] = '\0';
    if (!p)
        return;
    if (n >= cap || memchr(p, '\0', n)) {
        r->bad = true;
        return;
    }
    memcpy(out, p, n);
    out[n] = '\0';
}

const void *frame_bytes(struct frame_reader *r, size_t *ret_n)
{
    return counted_take(r, 'b', ret_n);
}

bool frame_end(const struct frame_reader *r)
{
    return !r->bad && r->p == r->end;
}

/* Waits until fd is ready for `events` or the deadline passes. */
static enum status fd_wait(int fd, short events, int64_t deadline_ms, struct err *err)
{
    for (;;) {
        int64_t left = deadline_ms < 0 ? -1 : deadline_ms - clock_mono_ms();
        if (deadline_ms >= 0 && left <= 0)
            return err_field(err, ST_UNAVAIL, "deadline", NULL, "no answer within the deadline");
        struct pollfd p = { .fd = fd, .events = events };
        int n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (n > 0)
            return ST_OK;
        if (n < 0 && errno != EINTR)
            return err_sys(err, errno, "cannot wait for a frame");
    }
}

static enum status stream_ended(struct err *err)
{
    return err_field(err, ST_UNAVAIL, "end_of_stream", NULL, "the other side closed the stream");
}

enum status frame_write(int fd, const struct buf *b, int64_t deadline_ms, struct err *err)
{
    if (!buf_ok(b))
        return err_set(err, ST_TOOBIG, "frame larger than %u bytes", FRAME_MAX);
    for (size_t done = 0; done < b->len;) {
        enum status st = fd_wait(fd, POLLOUT, deadline_ms, err);
        if (st != ST_OK)
            return st;
        size_t piece = b->len - done < PIPE_BUF ? b->len - done : PIPE_BUF;
        ssize_t n = write(fd, b->p + done, piece);
        if (n >= 0)
            done += (size_t)n;
        else if (errno == EPIPE || errno == ECONNRESET)
            return stream_ended(err);
        else if (errno != EINTR && errno != EAGAIN)
            return err_sys(err, errno, "cannot write a frame");
    }
    return ST_OK;
}

/* Exactly n bytes, appended to b. */
static enum status bytes_read(int fd, size_t n, struct buf *b, int64_t deadline_ms, struct err *err)
{
    char piece[16384];

    while (n) {
        enum status st = fd_wait(fd, POLLIN, deadline_ms, err);
        if (st != ST_OK)
            return st;
        ssize_t got = read(fd, piece, n < sizeof piece ? n : sizeof piece);
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return stream_ended(err);
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return err_sys(err, errno, "cannot read a frame");
        if (got > 0) {
            buf_add(b, piece, (size_t)got);
            n -= (size_t)got;
        }
    }
    return buf_ok(b) ? ST_OK : err_set(err, ST_TOOBIG, "frame larger than the reader's buffer");
}

enum status frame_read(int fd, struct buf *into, int64_t deadline_ms, struct err *err)
{
    BUF_AUTO head = { 0 };

    buf_init(&head, 4);
    buf_reset(into);
    enum status st = bytes_read(fd, 4, &head, deadline_ms, err);
    if (st != ST_OK)
        return st;
    size_t n = get_be((const unsigned char *)head.p, 4);
    if (n < 2 || n > FRAME_MAX)
        return err_set(err, ST_INVALID, "frame length %zu is outside 2 to %u", n, FRAME_MAX);
    return bytes_read(fd, n, into, deadline_ms, err);
}
