/* Readers of header fields. All take whatever a client may send and answer "no" when in doubt: an unreadable
 * condition is not met, an unreadable coding is not accepted.
 */
#include "header.h"

#include "../core/str.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *skip_ws(const char *p)
{
    return p + strspn(p, " \t");
}

bool header_is_type(const char *value, const char *type)
{
    const char *p = skip_ws(value);
    size_t n = strlen(type);
    if (strncasecmp(p, type, n) != 0)
        return false;
    p = skip_ws(p + n);
    return *p == '\0' || *p == ';';
}

/* q of one list element "gzip;q=0.5": 0 only when it is written as zero. */
static bool q_positive(const char *params, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if ((params[i] == 'q' || params[i] == 'Q') && params[i + 1] == '=') {
            for (size_t j = i + 2; j < n && params[j] != ';'; j++)
                if (params[j] >= '1' && params[j] <= '9')
                    return true;
            return false;
        }
    return true;
}

bool header_accepts(const char *value, const char *coding)
{
    bool star = false;
    size_t n_coding = strlen(coding);
    for (const char *p = value; p && *p;) {
        p = skip_ws(p);
        size_t n = strcspn(p, ",");
        size_t n_name = strcspn(p, ",; \t");
        bool ok = q_positive(p + n_name, n - n_name);
        if (n_name == n_coding && strncasecmp(p, coding, n_coding) == 0)
            return ok;
        if (n_name == 1 && *p == '*')
            star = ok;
        p += n + (p[n] == ',');
    }
    return star;
}

bool header_etag_match(const char *value, const char *etag, bool weak)
{
    size_t n_tag = strlen(etag);
    for (const char *p = value; *p;) {
        p += strspn(p, " \t,");
        if (*p == '*')
            return true;
        bool is_weak = p[0] == 'W' && p[1] == '/';
        if (is_weak)
            p += 2;
        if (*p != '"')
            return false;
        const char *s = ++p;
        size_t n = strcspn(s, "\"");
        if (s[n] != '"')
            return false;
        if ((weak || !is_weak) && n == n_tag && memcmp(s, etag, n) == 0)
            return true;
        p = s + n + 1;
    }
    return false;
}

char *header_cookie(struct arena *a, const char *value, const char *name)
{
    size_t n_name = strlen(name);
    for (const char *p = value; *p;) {
        p += strspn(p, " \t;");
        size_t n = strcspn(p, ";");
        if (n > n_name && strncmp(p, name, n_name) == 0 && p[n_name] == '=') {
            const char *v = p + n_name + 1;
            size_t n_v = n - n_name - 1;
            while (n_v && (v[n_v - 1] == ' ' || v[n_v - 1] == '\t'))
                n_v--;
            if (n_v >= 2 && v[0] == '"' && v[n_v - 1] == '"') {
                v++;
                n_v -= 2;
            }
            return arena_strndup(a, v, n_v);
        }
        p += n;
    }
    return NULL;
}

void header_date(int64_t unix_s, char *out)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t t = (time_t)unix_s;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || tm.tm_year > 8099) {
        t = 0;
        (void)gmtime_r(&t, &tm);
    }
    snprintf(out, 32, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * tm.tm_wday, (unsigned)tm.tm_mday % 100,
             months + 3 * tm.tm_mon, (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
             (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

bool header_parse_date(const char *s, int64_t *ret_unix_s)
{
    struct tm tm = { 0 };
    if (strlen(s) != 29)
        return false;
    const char *end = strptime(s, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (!end || *end)
        return false;
    *ret_unix_s = (int64_t)timegm(&tm);
    return true;
}
