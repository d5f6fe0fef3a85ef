/* Strict numbers: the whole text must be the number, in range, no sign tricks,
 * no spaces, no hex, no inf/nan, no locale. Any thread.
 */
#ifndef ATH_CORE_NUM_H
#define ATH_CORE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool num_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret_v);
bool num_i64(const char *s, int64_t min, int64_t max, int64_t *ret_v);
bool num_double(const char *s, double min, double max, double *ret_v);
/* "10", "64k", "8M", "2G", "1T" (powers of 1024). */
bool num_bytes(const char *s, uint64_t min, uint64_t max, uint64_t *ret_v);
/* Shortest text that reads back as v; JSON-safe; "null" for nan/inf. out needs 32 bytes. */
size_t num_fmt_double(double v, char *out, size_t cap);
/* a*b and a+b that tell of overflow: true when it fitted. */
bool num_mul_u64(uint64_t a, uint64_t b, uint64_t *ret_v);
bool num_add_u64(uint64_t a, uint64_t b, uint64_t *ret_v);

#endif
