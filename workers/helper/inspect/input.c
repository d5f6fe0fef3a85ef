/* Reading foreign text. Refused in words here: nothing at all, binary bytes, packed files we do not unpack, more than
 * the limits allow, gzip data that is cut short or blows up beyond reason.
 */
#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define PIECE    65536
#define HEAD_MAX 65536
/* Some programs write a whole sequence into one line of mmCIF; nobody writes a megabyte. */
#define LINE_MAX_BYTES (1u << 20)
/* Structure text packs 3 to 10 times; beyond 100 it is made to hurt. Small files may pack better. */
#define BOMB_RATIO 100
#define BOMB_FLOOR (8u << 20)

struct input {
    int fd;
    const unsigned char *mem;
    size_t mem_left;
    struct inspect_limits lim;
    bool gz, z_open, z_ended, raw_end, end, cut;
    z_stream z;
    unsigned char raw[PIECE];
    uint64_t raw_bytes, bytes, lines;
    char *text; /* unpacked, from at to len */
    size_t at, len, cap;
    size_t head_n;
    char head[HEAD_MAX + 1];
    struct err err;
};

const struct inspect_limits *input_limits(const struct input *in)
{
    return &in->lim;
}
uint64_t input_line_no(const struct input *in)
{
    return in->lines;
}
bool input_cut(const struct input *in)
{
    return in->cut;
}

const char *input_head(const struct input *in, size_t *ret_n)
{
    *ret_n = in->head_n;
    return in->head;
}

enum status input_error(const struct input *in, struct err *err)
{
    if (in->err.st && err)
        *err = in->err;
    return in->err.st;
}

static void too_large(struct input *in, const char *what)
{
    (void)err_field(&in->err, ST_TOOBIG, "too_large", NULL, "%s more than %.1f MB, the limit for structures", what,
                    (double)in->lim.bytes / 1e6);
    (void)err_hint(&in->err, "Upload only the part you need, for example one frame or one model.");
}

/* The next stored bytes into p; 0 at the end or after an error. */
static size_t raw_read(struct input *in, unsigned char *p, size_t n)
{
    ssize_t got;
    if (in->fd < 0) {
        got = (ssize_t)(in->mem_left < n ? in->mem_left : n);
        memcpy(p, in->mem, (size_t)got);
        in->mem += got;
        in->mem_left -= (size_t)got;
    } else {
        do
            got = read(in->fd, p, n);
        while (got < 0 && errno == EINTR);
    }
    if (got < 0) {
        (void)err_sys(&in->err, errno, "cannot read the file");
        return 0;
    }
    in->raw_bytes += (uint64_t)got;
    if (in->raw_bytes > in->lim.bytes) {
        too_large(in, "the file has");
        return 0;
    }
    return (size_t)got;
}

static void gzip_fault(struct input *in, const char *code, const char *text)
{
    (void)err_field(&in->err, ST_INVALID, code, NULL, "%s", text);
    (void)err_hint(&in->err, "Compress it again, or upload it uncompressed.");
}

/* Unpacks up to n bytes to p. Several gzip members one after another are one text, as gzip itself has it. */
static size_t gzip_read(struct input *in, unsigned char *p, size_t n)
{
    in->z.next_out = p;
    in->z.avail_out = (uInt)n;
    while (in->z.avail_out == n && !in->err.st) {
        if (in->z.avail_in == 0) {
            in->z.next_in = in->raw;
            in->z.avail_in = (uInt)raw_read(in, in->raw, PIECE);
            if (in->z.avail_in == 0) {
                if (!in->z_ended && !in->err.st)
                    gzip_fault(in, "truncated", "the compressed file ends too early: part of it is missing");
                return 0;
            }
        }
        if (in->z_ended && inflateReset(&in->z) != Z_OK)
            return 0;
        in->z_ended = false;
        int rc = inflate(&in->z, Z_NO_FLUSH);
        if (rc == Z_STREAM_END)
            in->z_ended = true;
        else if (rc != Z_OK && rc != Z_BUF_ERROR)
            gzip_fault(in, "damaged", "the compressed file is damaged");
    }
    size_t got = n - in->z.avail_out;
    if (in->bytes + got > BOMB_FLOOR && in->bytes + got > in->raw_bytes * BOMB_RATIO)
        gzip_fault(in, "bomb", "the file unpacks to more than 100 times its size, which no structure file does");
    return in->err.st ? 0 : got;
}

static bool text_fill(struct input *in)
{
    if (in->end || in->err.st)
        return false;
    if (in->at > 0) {
        memmove(in->text, in->text + in->at, in->len - in->at);
        in->len -= in->at;
        in->at = 0;
    }
    if (in->len + PIECE > in->cap) {
        size_t cap = in->cap ? in->cap * 2 : 2 * (size_t)PIECE;
        char *grown = cap <= 4 * (size_t)LINE_MAX_BYTES ? realloc(in->text, cap + 1) : NULL;
        if (!grown) {
            (void)err_set(&in->err, ST_TOOBIG, "out of memory while reading");
            return false;
        }
        in->text = grown;
        in->cap = cap;
    }
    unsigned char *p = (unsigned char *)in->text + in->len;
    size_t n = in->gz ? gzip_read(in, p, PIECE) : raw_read(in, p, PIECE);
    if (in->err.st)
        return false;
    if (n == 0) {
        in->end = true;
        return false;
    }
    in->bytes += n;
    in->len += n;
    if (in->bytes > in->lim.bytes) {
        too_large(in, "unpacked, the file has");
        return false;
    }
    return true;
}

/* What a file is that begins like this, NULL when it begins like none of these. */
static const char *known_binary(const char *p, size_t n)
{
    static const struct {
        const char *magic, *what;
        size_t n;
    } known[] = {
        { "PK\x03\x04", "a zip archive", 4 },
        { "BZh91AY", "a bzip2 file", 7 },
        { "\xfd"
          "7zXZ",
          "an xz file", 5 },
        { "\x28\xb5\x2f\xfd", "a zstd file", 4 },
        { "%PDF", "a PDF document", 4 },
        { "\x89PNG", "a picture", 4 },
        { "\x89HDF", "an HDF5 file", 4 },
        { "\x7f"
          "ELF",
          "a program", 4 },
        { "CDF\x01", "a NetCDF file", 4 },
        { "\x1f\x8b", "a gzip file inside gzip", 2 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (n >= known[i].n && memcmp(p, known[i].magic, known[i].n) == 0)
            return known[i].what;
    }
    return NULL;
}

static bool looks_binary(const char *p, size_t n)
{
    size_t odd = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == 0)
            return true;
        odd += (c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c >= 127;
    }
    return odd * 10 > n;
}

static void refuse_binary(struct input *in)
{
    const char *what = known_binary(in->text, in->len);
    if (!what && !looks_binary(in->text, in->head_n))
        return;
    (void)err_field(&in->err, ST_INVALID, "binary", NULL, "this is %s, not a text file with a structure",
                    what ? what : "binary data");
    (void)err_hint(&in->err, "Upload PDB, mmCIF, GRO, SDF/MOL, MOL2 or XYZ, as text or gzip.");
}

static void head_look(struct input *in)
{
    while (in->len < HEAD_MAX && text_fill(in))
        ;
    if (in->err.st)
        return;
    if (in->len == 0) {
        (void)err_field(&in->err, ST_INVALID, "empty", NULL, "the file is empty");
        return;
    }
    in->head_n = in->len < HEAD_MAX ? in->len : HEAD_MAX;
    memcpy(in->head, in->text, in->head_n);
    refuse_binary(in);
}

enum status input_open(int fd, const void *mem, size_t n, const struct inspect_limits *lim, struct input **ret_in,
                       struct err *err)
{
    struct input *in = calloc(1, sizeof *in);
    if (!in)
        return err_set(err, ST_TOOBIG, "out of memory");
    in->fd = fd;
    in->mem = mem;
    in->mem_left = fd < 0 ? n : 0;
    in->lim = *lim;

    /* The first two bytes tell gzip from text. */
    unsigned char *raw = in->raw;
    size_t got = 0, more;
    while (got < 2 && (more = raw_read(in, raw + got, PIECE - got)) > 0)
        got += more;
    if (got >= 2 && raw[0] == 0x1f && raw[1] == 0x8b) {
        in->gz = true;
        in->z.next_in = raw;
        in->z.avail_in = (uInt)got;
        in->z_open = inflateInit2(&in->z, 15 + 16) == Z_OK;
        if (!in->z_open)
            (void)err_set(&in->err, ST_TOOBIG, "out of memory");
    } else if (!in->err.st) {
        in->cap = 2 * (size_t)PIECE;
        in->text = malloc(in->cap + 1);
        if (in->text) {
            memcpy(in->text, raw, got);
            in->len = got;
            in->bytes = got;
        } else {
            (void)err_set(&in->err, ST_TOOBIG, "out of memory");
        }
    }
    if (!in->err.st)
        head_look(in);
    if (in->err.st) {
        enum status st = input_error(in, err);
        input_close(in);
        return st;
    }
    *ret_in = in;
    return ST_OK;
}

void input_close(struct input *in)
{
    if (!in)
        return;
    if (in->z_open)
        (void)inflateEnd(&in->z);
    free(in->text);
    free(in);
}

static bool line_take(struct input *in, size_t len, size_t skip, char **ret_line, size_t *ret_len)
{
    char *p = in->text + in->at;
    in->at += len + skip;
    in->lines++;
    if (memchr(p, '\0', len)) {
        (void)err_field(&in->err, ST_INVALID, "binary", NULL, "line %llu holds binary data",
                        (unsigned long long)in->lines);
        return false;
    }
    if (in->lines > in->lim.lines) {
        (void)err_field(&in->err, ST_TOOBIG, "too_many_lines", NULL, "the file has more than %llu lines",
                        (unsigned long long)in->lim.lines);
        return false;
    }
    while (len > 0 && (p[len - 1] == '\r' || p[len - 1] == '\f'))
        len--;
    p[len] = '\0';
    *ret_line = p;
    *ret_len = len;
    return true;
}

bool input_line(struct input *in, char **ret_line, size_t *ret_len)
{
    size_t seen = 0;
    if (in->err.st)
        return false;
    for (;;) {
        char *p = in->text + in->at;
        size_t have = in->len - in->at;
        char *nl = have > seen ? memchr(p + seen, '\n', have - seen) : NULL;
        if (nl)
            return line_take(in, (size_t)(nl - p), 1, ret_line, ret_len);
        if (have > LINE_MAX_BYTES) {
            (void)err_field(&in->err, ST_INVALID, "long_line", NULL, "line %llu is longer than %u bytes",
                            (unsigned long long)in->lines + 1, LINE_MAX_BYTES);
            return false;
        }
        seen = have;
        if (!text_fill(in)) {
            if (in->err.st || have == 0)
                return false;
            in->cut = true;
            return line_take(in, have, 0, ret_line, ret_len);
        }
    }
}
