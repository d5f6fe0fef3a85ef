/* Small string helpers: comparison, UTF-8 checks, splitting. Any thread. */
#ifndef ATH_CORE_STR_H
#define ATH_CORE_STR_H

#include <stdbool.h>
#include <stddef.h>

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* Constant-time comparison of n bytes. */
bool mem_eq_ct(const void *a, const void *b, size_t n);
/* Bytes (1-4) of the valid UTF-8 character at s, 0 when there is none (also for NUL). */
size_t utf8_char_len(const char *s, size_t n);
/* Strict UTF-8 (no surrogates, no overlong, no NUL inside n). */
bool utf8_valid(const char *s, size_t n);
/* Copies s to out (cap bytes incl. NUL): invalid and control bytes become U+FFFD; cut at a character. Returns length.
 */
size_t utf8_sanitize(const char *s, size_t n, char *out, size_t cap);
/* snprintf that tells: true when everything fitted. */
bool str_fmt(char *out, size_t cap, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* [a-z0-9_-], 1..max chars, first a letter: names of templates, sites, series. */
bool str_is_slug(const char *s, size_t max);

#endif
