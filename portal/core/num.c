/* Strict numbers. Text is checked against a small grammar before libc sees it,
 * so strtod's hex, inf, nan and leading spaces never pass. Programs here never
 * call setlocale, so the decimal point is '.'.
 */
#include "num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOUBLE_TEXT_MAX = 400 }; /* longer than any sensible way to write a double */

bool num_mul_u64(uint64_t a, uint64_t b, uint64_t *ret_v)
{
    return !__builtin_mul_overflow(a, b, ret_v);
}

bool num_add_u64(uint64_t a, uint64_t b, uint64_t *ret_v)
{
    return !__builtin_add_overflow(a, b, ret_v);
}

/* Digits at *s (at least one) to a value; moves *s behind them. */
static bool digits_read(const char **s, uint64_t *ret_v)
{
    uint64_t v = 0;
    const char *p = *s;

    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++)
        if (!num_mul_u64(v, 10, &v) || !num_add_u64(v, (uint64_t)(*p - '0'), &v))
            return false;
    *s = p;
    *ret_v = v;
    return true;
}

bool num_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret_v)
{
    uint64_t v;

    if (!s || !digits_read(&s, &v) || *s || v < min || v > max)
        return false;
    *ret_v = v;
    return true;
}

bool num_i64(const char *s, int64_t min, int64_t max, int64_t *ret_v)
{
    uint64_t m;

    if (!s)
        return false;
    bool negative = *s == '-';
    s += negative;
    if (!digits_read(&s, &m) || *s)
        return false;
    if (m > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    int64_t v = negative ? (int64_t)(0 - m) : (int64_t)m;
    if (v < min || v > max)
        return false;
    *ret_v = v;
    return true;
}

static size_t digits_span(const char *s)
{
    return strspn(s, "0123456789");
}

/* -?D+(.D+)?([eE][+-]?D+)? and nothing else. */
static bool double_grammar(const char *s)
{
    size_t n;

    if (strnlen(s, DOUBLE_TEXT_MAX + 1) > DOUBLE_TEXT_MAX)
        return false;
    s += *s == '-';
    if ((n = digits_span(s)) == 0)
        return false;
    s += n;
    if (*s == '.') {
        if ((n = digits_span(++s)) == 0)
            return false;
        s += n;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        if ((n = digits_span(s)) == 0)
            return false;
        s += n;
    }
    return *s == '\0';
}

bool num_double(const char *s, double min, double max, double *ret_v)
{
    if (!s || !double_grammar(s))
        return false;
    double v = strtod(s, NULL);
    if (!isfinite(v) || v < min || v > max)
        return false;
    *ret_v = v;
    return true;
}

bool num_bytes(const char *s, uint64_t min, uint64_t max, uint64_t *ret_v)
{
    uint64_t v;
    unsigned shift = 0;

    if (!s || !digits_read(&s, &v))
        return false;
    switch (*s) {
    case 'k':
    case 'K':
        shift = 10;
        break;
    case 'M':
        shift = 20;
        break;
    case 'G':
        shift = 30;
        break;
    case 'T':
        shift = 40;
        break;
    default:
        break;
    }
    s += shift != 0;
    if (*s || !num_mul_u64(v, (uint64_t)1 << shift, &v) || v < min || v > max)
        return false;
    *ret_v = v;
    return true;
}

size_t num_fmt_double(double v, char *out, size_t cap)
{
    int n = 0;

    if (!isfinite(v))
        return (size_t)snprintf(out, cap, "null");
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(out, cap, "%.*g", digits, v);
        if (n < 0 || (size_t)n >= cap)
            return 0;
        if (strtod(out, NULL) == v)
            break;
    }
    return (size_t)n;
}
