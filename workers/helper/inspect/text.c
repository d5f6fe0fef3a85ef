#include "text.h"

#include <string.h>
#include <strings.h>

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}
static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static void trim(const char **s, size_t *n)
{
    while (*n > 0 && blank(**s)) {
        (*s)++;
        (*n)--;
    }
    while (*n > 0 && blank((*s)[*n - 1]))
        (*n)--;
}

static double power_of_ten(int e)
{
    double p = 1, base = e < 0 ? 0.1 : 10;
    for (unsigned k = (unsigned)(e < 0 ? -e : e); k; k >>= 1) {
        if (k & 1)
            p *= base;
        base *= base;
    }
    return p;
}

bool text_double(const char *s, size_t n, double *ret_v)
{
    trim(&s, &n);
    const char *end = s + n;
    bool minus = n > 0 && *s == '-';
    if (n > 0 && (*s == '-' || *s == '+'))
        s++;
    double v = 0;
    int digits = 0, scale = 0, e = 0;
    for (; s < end && digit(*s); s++, digits++)
        v = v * 10 + (*s - '0');
    if (s < end && *s == '.') {
        for (s++; s < end && digit(*s); s++, digits++, scale--)
            v = v * 10 + (*s - '0');
    }
    if (digits == 0 || digits > 40)
        return false;
    if (s < end && (*s == 'e' || *s == 'E' || *s == 'd' || *s == 'D')) {
        s++;
        bool down = s < end && *s == '-';
        if (s < end && (*s == '-' || *s == '+'))
            s++;
        int k = 0;
        for (; s < end && digit(*s) && k < 3; s++, k++)
            e = e * 10 + (*s - '0');
        if (k == 0)
            return false;
        e = down ? -e : e;
    }
    if (s != end || e > 100 || e < -100)
        return false;
    v = scale + e < 0 ? v / power_of_ten(-(scale + e)) : v * power_of_ten(scale + e);
    *ret_v = minus ? -v : v;
    return true;
}

bool text_int(const char *s, size_t n, int64_t *ret_v)
{
    trim(&s, &n);
    size_t i = n > 0 && (*s == '-' || *s == '+') ? 1 : 0;
    if (n == i || n - i > 18)
        return false;
    int64_t v = 0;
    for (size_t k = i; k < n; k++) {
        if (!digit(s[k]))
            return false;
        v = v * 10 + (s[k] - '0');
    }
    *ret_v = *s == '-' ? -v : v;
    return true;
}

void text_copy(const char *s, size_t n, char *out, size_t cap)
{
    if (n > cap - 1)
        n = cap - 1;
    memcpy(out, s, n);
    out[n] = '\0';
}

size_t text_column(const char *line, size_t len, size_t from, size_t width, char *out, size_t cap)
{
    const char *s = from < len ? line + from : "";
    size_t n = from < len ? (len - from < width ? len - from : width) : 0;
    trim(&s, &n);
    text_copy(s, n, out, cap);
    return strlen(out);
}

const char *text_word(const char *line, size_t len, size_t *at, size_t *ret_n)
{
    while (*at < len && blank(line[*at]))
        (*at)++;
    size_t from = *at;
    while (*at < len && !blank(line[*at]))
        (*at)++;
    *ret_n = *at - from;
    return *ret_n ? line + from : NULL;
}

bool text_same(const char *a, size_t n, const char *word)
{
    return strlen(word) == n && strncasecmp(a, word, n) == 0;
}
