/* Lines of a foreign file, plain or gzip, under limits. One owner; memory is one line buffer and two pieces. */
#ifndef ATH_INSPECT_INPUT_H
#define ATH_INSPECT_INPUT_H

#include "../../../portal/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inspect_limits {
    uint64_t bytes; /* of the file as stored, and again of what gzip makes of it */
    uint64_t lines, atoms;
};

struct input;

/* Reads descriptor fd, or the n bytes at mem when fd < 0. Refuses at once what is empty or not text.
 * The limits are copied. Free with input_close. */
enum status input_open(int fd, const void *mem, size_t n, const struct inspect_limits *lim, struct input **ret_in,
                       struct err *err);
void input_close(struct input *in); /* NULL-safe */

/* The beginning of the (unpacked) text, NUL-terminated, for recognising the format. */
const char *input_head(const struct input *in, size_t *ret_n);

/* The next line without its end, NUL-terminated, valid until the next call, to be changed freely.
 * false at the end of the file and after an error: ask input_error. */
bool input_line(struct input *in, char **ret_line, size_t *ret_len);
enum status input_error(const struct input *in, struct err *err);
uint64_t input_line_no(const struct input *in); /* of the line given last, from 1 */
bool input_cut(const struct input *in);         /* the last line had no end */
const struct inspect_limits *input_limits(const struct input *in);

#endif
