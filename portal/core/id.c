/* Identifiers (ULID layout), random bytes, hex and base64. */
#include "id.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char g_base32[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford, lower case */
enum { ULID_CHARS = 26 };

void rand_bytes(void *p, size_t n)
{
    unsigned char *out = p;

    while (n) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            abort();
        }
        out += got;
        n -= (size_t)got;
    }
}

static void id_write(const char *prefix, const unsigned char raw[16], char out[ID_MAX])
{
    char text[ULID_CHARS + 1];

    /* 128 bits in 26 characters of 5: two zero bits come first. */
    for (int i = 0; i < ULID_CHARS; i++) {
        unsigned v = 0;
        for (int bit = i * 5 - 2; bit < i * 5 + 3; bit++)
            v = v << 1 | (bit < 0 ? 0u : (unsigned)(raw[bit / 8] >> (7 - bit % 8)) & 1u);
        text[i] = g_base32[v];
    }
    text[ULID_CHARS] = '\0';
    (void)snprintf(out, ID_MAX, "%.12s_%s", prefix, text);
}

static void id_time(uint64_t ms, unsigned char raw[16])
{
    for (int i = 0; i < 6; i++)
        raw[i] = (unsigned char)(ms >> (40 - 8 * i));
}

void id_new(const char *prefix, char out[ID_MAX])
{
    unsigned char raw[16];

    id_time((uint64_t)clock_wall_us() / 1000, raw);
    rand_bytes(raw + 6, 10);
    id_write(prefix, raw, out);
}

void id_first(const char *prefix, int64_t wall_us, char out[ID_MAX])
{
    const uint64_t max = (UINT64_C(1) << 48) - 1;
    uint64_t ms = wall_us < 0 ? 0 : ((uint64_t)wall_us + 999) / 1000;
    unsigned char raw[16] = { 0 };

    id_time(ms > max ? max : ms, raw);
    id_write(prefix, raw, out);
}

static bool prefix_known(const char *s, size_t n)
{
    static const char *const known[] = { "usr", "prj", "fil", "str", "run", "upl", "tok", "ses", "req", "mod", "wrk" };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == n && memcmp(known[i], s, n) == 0)
            return true;
    return false;
}

bool id_valid(const char *prefix, const char *s)
{
    if (!s)
        return false;
    const char *sep = strchr(s, '_');
    if (!sep)
        return false;
    size_t n = (size_t)(sep - s);
    if (prefix ? strlen(prefix) != n || memcmp(prefix, s, n) != 0 : !prefix_known(s, n))
        return false;
    return sep[1] >= '0' && sep[1] <= '7' && strlen(sep + 1) == ULID_CHARS && strspn(sep + 1, g_base32) == ULID_CHARS;
}

void hex_encode(const void *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *in = p;

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[in[i] >> 4];
        *out++ = digits[in[i] & 15];
    }
    *out = '\0';
}

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_decode(const char *s, void *out, size_t n)
{
    unsigned char *o = out;

    if (!s || strlen(s) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int hi = hex_value(s[2 * i]), lo = hex_value(s[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        o[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

static const char *b64_alphabet(bool url)
{
    return url ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
               : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

size_t b64_encode(const void *p, size_t n, char *out, size_t cap, bool url)
{
    const unsigned char *in = p;
    const char *abc = b64_alphabet(url);
    size_t o = 0;

    if (n > SIZE_MAX / 2)
        return 0;
    size_t tail = n % 3, len = n / 3 * 4 + (tail == 0 ? 0 : url ? tail + 1 : 4);
    if (len >= cap)
        return 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t m = n - i < 3 ? n - i : 3;
        uint32_t v = (uint32_t)in[i] << 16 | (m > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (m > 2 ? in[i + 2] : 0u);
        for (size_t k = 0; k < 4; k++) {
            if (k <= m)
                out[o++] = abc[v >> (18 - 6 * k) & 63];
            else if (!url)
                out[o++] = '=';
        }
    }
    out[o] = '\0';
    return o;
}

bool b64_decode(const char *s, size_t n, void *out, size_t cap, size_t *ret_n, bool url)
{
    const char *abc = b64_alphabet(url);
    unsigned char *o = out;
    size_t len = 0;

    if (!url) {
        if (n % 4)
            return false;
        for (int pad = 0; pad < 2 && n && s[n - 1] == '='; pad++)
            n--;
    }
    if (n % 4 == 1)
        return false;
    uint32_t acc = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++) {
        const char *at = s[i] ? strchr(abc, s[i]) : NULL;
        if (!at)
            return false;
        acc = acc << 6 | (uint32_t)(at - abc);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (len == cap)
                return false;
            o[len++] = (unsigned char)(acc >> bits);
            acc &= (1u << bits) - 1;
        }
    }
    if (acc) /* leftover bits must be zero: one text for each value */
        return false;
    *ret_n = len;
    return true;
}
