/* Small readers of fixed columns and words in foreign text: no locale, no spaces surprises, no inf or nan. Pure. */
#ifndef ATH_INSPECT_TEXT_H
#define ATH_INSPECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole of s[0..n), spaces around allowed, must be a decimal number. */
bool text_double(const char *s, size_t n, double *ret_v);
bool text_int(const char *s, size_t n, int64_t *ret_v); /* at most 18 digits */
/* Columns from (0-based) of a line of len bytes, trimmed, cut to cap - 1 bytes. Returns its length. */
size_t text_column(const char *line, size_t len, size_t from, size_t width, char *out, size_t cap);
/* The next word separated by blanks, or NULL; *at moves on. Not NUL-terminated. */
const char *text_word(const char *line, size_t len, size_t *at, size_t *ret_n);
/* Copies n bytes to out, cut to cap - 1, NUL-terminated. */
void text_copy(const char *s, size_t n, char *out, size_t cap);
bool text_same(const char *a, size_t n, const char *word); /* ignoring case */

#endif
