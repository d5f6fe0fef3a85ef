/* Identifiers and text codings. Any thread.
 *
 * Public ids are "<prefix>_" + 26 characters of lower-case Crockford base32:
 * 48 bits of milliseconds, 80 random bits (the ULID layout), so that sorting
 * the text (COLLATE "C") sorts by time of creation.
 * Prefixes: usr prj fil str run upl tok ses req mod wrk.
 */
#ifndef ATH_CORE_ID_H
#define ATH_CORE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_MAX 40 /* bytes to hold any id with its NUL */

void id_new(const char *prefix, char out[ID_MAX]);
/* The smallest id made at this time or later: bounds of a range in time. Times outside the layout are clamped. */
void id_first(const char *prefix, int64_t wall_us, char out[ID_MAX]);
/* Exactly prefix + '_' + 26 base32 characters. prefix NULL: any known prefix. */
bool id_valid(const char *prefix, const char *s);
void rand_bytes(void *p, size_t n); /* getrandom; aborts if the kernel has none */

int hex_value(char c);                               /* 0..15, either case; -1 for anything else */
void hex_encode(const void *p, size_t n, char *out); /* 2n+1 bytes */
bool hex_decode(const char *s, void *out, size_t n); /* exactly 2n characters */
/* url: the URL alphabet without padding. 0 when it does not fit. */
size_t b64_encode(const void *p, size_t n, char *out, size_t cap, bool url);
/* Strict: padding needed (none for url), no spaces. false on any fault. */
bool b64_decode(const char *s, size_t n, void *out, size_t cap, size_t *ret_n, bool url);

#endif
