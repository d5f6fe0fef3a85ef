/* Time. Wall time is microseconds since 1970 UTC; intervals use the monotonic
 * clock. Tests may freeze both (clock_fake_set), hence nobody calls time() directly. Any thread.
 */
#ifndef ATH_CORE_CLOCK_H
#define ATH_CORE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_wall_us(void);
int64_t clock_mono_ms(void);
/* "2026-11-20T19:14:19.123Z"; out needs 32 bytes. */
void clock_rfc3339(int64_t wall_us, char *out, size_t cap);
bool clock_parse_rfc3339(const char *s, int64_t *ret_wall_us);
void clock_sleep_ms(int64_t ms);
void clock_fake_set(int64_t wall_us, int64_t mono_ms); /* tests; wall_us < 0 returns to the real clock */

#endif
