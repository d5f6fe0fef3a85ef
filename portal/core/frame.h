/* Frames: what programs say to each other over pipes (worker <-> helpers).
 *
 * Wire form: u32 length of the rest (big endian, 2..FRAME_MAX), u16 type, then fields:
 *   'i' i64 | 'd' double bits as u64 | 's' u32 length + bytes (+ no NUL inside) | 'b' u32 length + bytes.
 * The first frame each way is FRAME_HELLO with the protocol version. A reader takes
 * fields in order; the first wrong one makes the reader bad and every later read gives
 * zeros; frame_end() is true only if all was well and nothing is left over.
 */
#ifndef ATH_CORE_FRAME_H
#define ATH_CORE_FRAME_H

#include "buf.h"
#include "err.h"

#include <stdint.h>

#define FRAME_MAX     (16u << 20)
#define FRAME_VERSION 2
#define FRAME_HELLO   1 /* fields: i version, s program */

struct frame_reader {
    const unsigned char *p, *end;
    uint16_t type;
    bool bad;
};

void frame_begin(struct buf *b, uint16_t type); /* starts a frame at b's end; one at a time */
void frame_add_i64(struct buf *b, int64_t v);
void frame_add_double(struct buf *b, double v);
void frame_add_str(struct buf *b, const char *s); /* NULL is written as "" */
void frame_add_bytes(struct buf *b, const void *p, size_t n);
void frame_finish(struct buf *b, size_t start); /* start: b->len before frame_begin */

/* One complete frame (without its length word) of n bytes. */
void frame_open(struct frame_reader *r, const void *p, size_t n);
int64_t frame_i64(struct frame_reader *r);
double frame_double(struct frame_reader *r);
/* Copies to out, NUL-terminated; a string that does not fit makes the reader bad. */
void frame_str(struct frame_reader *r, char *out, size_t cap);
/* Borrowed from the frame. */
const void *frame_bytes(struct frame_reader *r, size_t *ret_n);
bool frame_end(const struct frame_reader *r);

/* Blocking with a deadline (monotonic ms; <0 none). ST_UNAVAIL on end of stream or deadline, ST_INVALID on a bad
 * length. `into` is initialised by the caller and gets type and fields. */
enum status frame_write(int fd, const struct buf *b, int64_t deadline_ms, struct err *err);
enum status frame_read(int fd, struct buf *into, int64_t deadline_ms, struct err *err);

#endif
