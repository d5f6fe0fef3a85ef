/* Time, with a switch for tests: clock_fake_set freezes both clocks.
 * Calendar arithmetic is done here (days from civil date), since timegm and
 * strptime accept more than RFC 3339 allows.
 */
#include "clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static atomic_bool g_fake;
static _Atomic int64_t g_fake_wall_us, g_fake_mono_ms;

void clock_fake_set(int64_t wall_us, int64_t mono_ms)
{
    atomic_store(&g_fake_wall_us, wall_us);
    atomic_store(&g_fake_mono_ms, mono_ms);
    atomic_store(&g_fake, wall_us >= 0);
}

int64_t clock_wall_us(void)
{
    struct timespec ts;

    if (atomic_load(&g_fake))
        return atomic_load(&g_fake_wall_us);
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
    struct timespec ts;

    if (atomic_load(&g_fake))
        return atomic_load(&g_fake_mono_ms);
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void clock_rfc3339(int64_t wall_us, char *out, size_t cap)
{
    int64_t s = wall_us / 1000000, us = wall_us % 1000000;
    struct tm tm;

    if (us < 0) {
        us += 1000000;
        s--;
    }
    time_t t = (time_t)s;
    if (!gmtime_r(&t, &tm)) {
        (void)snprintf(out, cap, "1970-01-01T00:00:00.000Z");
        return;
    }
    (void)snprintf(out, cap, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                   tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(us / 1000));
}

/* n digits at *s, within [min, max]. */
static bool take_int(const char **s, int n, int min, int max, int *ret_v)
{
    int v = 0;

    for (int i = 0; i < n; i++, (*s)++) {
        if (**s < '0' || **s > '9')
            return false;
        v = v * 10 + (**s - '0');
    }
    *ret_v = v;
    return v >= min && v <= max;
}

static bool take_char(const char **s, const char *any)
{
    if (!**s || !strchr(any, **s))
        return false;
    (*s)++;
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years start in March, so leap days come last. */
static int64_t days_from_civil(int y, int m, int d)
{
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return (int64_t)era * 146097 + doe - 719468;
}

static int month_days(int y, int m)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return days[m - 1] + (m == 2 && leap ? 1 : 0);
}

/* ".123456789": microseconds, further digits dropped. */
static bool take_fraction(const char **s, int64_t *ret_us)
{
    int64_t us = 0;
    int n = 0;

    for (; **s >= '0' && **s <= '9'; (*s)++, n++)
        if (n < 6)
            us = us * 10 + (**s - '0');
    for (int i = n; i < 6; i++)
        us *= 10;
    *ret_us = us;
    return n > 0 && n <= 12;
}

static bool take_zone(const char **s, int *ret_minutes)
{
    int h, m, sign = **s == '-' ? -1 : 1;

    *ret_minutes = 0;
    if (take_char(s, "Zz"))
        return true;
    if (!take_char(s, "+-") || !take_int(s, 2, 0, 23, &h) || !take_char(s, ":") || !take_int(s, 2, 0, 59, &m))
        return false;
    *ret_minutes = sign * (h * 60 + m);
    return true;
}

bool clock_parse_rfc3339(const char *s, int64_t *ret_wall_us)
{
    int y, mo, d, h, mi, sec, zone;
    int64_t us = 0;

    if (!s || !take_int(&s, 4, 0, 9999, &y) || !take_char(&s, "-") || !take_int(&s, 2, 1, 12, &mo) ||
        !take_char(&s, "-") || !take_int(&s, 2, 1, 31, &d) || d > month_days(y, mo) || !take_char(&s, "Tt ") ||
        !take_int(&s, 2, 0, 23, &h) || !take_char(&s, ":") || !take_int(&s, 2, 0, 59, &mi) || !take_char(&s, ":") ||
        !take_int(&s, 2, 0, 60, &sec))
        return false;
    if (take_char(&s, ".") && !take_fraction(&s, &us))
        return false;
    if (!take_zone(&s, &zone) || *s)
        return false;
    int64_t t = days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec - zone * 60;
    *ret_wall_us = t * 1000000 + us;
    return true;
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec ts;

    if (ms <= 0)
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    ts.tv_sec += (time_t)(ms / 1000);
    ts.tv_nsec += (long)(ms % 1000) * 1000000;
    if (ts.tv_nsec >= 1000000000) {
        ts.tv_nsec -= 1000000000;
        ts.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
        ;
}
