/* The JSON writer: text goes straight into the buffer; a bit a level remembers
 * whether a comma is due and whether keys are needed. Wrong use is a defect
 * of the caller and asserts; wrong data (bad UTF-8, nan) is made harmless.
 */
#include "jsonw.h"

#include "num.h"
#include "str.h"

#include <assert.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

void jsonw_init(struct jsonw *w, struct buf *b)
{
    *w = (struct jsonw){ .b = b };
}

static uint32_t level_bit(const struct jsonw *w)
{
    return 1u << (w->depth - 1);
}

/* Before each value: the comma, and the proof that a key was given where one is needed. */
static void value_begin(struct jsonw *w)
{
    if (w->depth == 0)
        return;
    if (w->in_object & level_bit(w)) {
        assert(w->after_key);
        w->after_key = false;
        return;
    }
    if (w->has_item & level_bit(w))
        buf_addc(w->b, ',');
    w->has_item |= level_bit(w);
}

static void level_open(struct jsonw *w, char c, bool object)
{
    value_begin(w);
    assert(w->depth < DEPTH_MAX);
    w->depth++;
    w->has_item &= ~level_bit(w);
    if (object)
        w->in_object |= level_bit(w);
    else
        w->in_object &= ~level_bit(w);
    buf_addc(w->b, c);
}

static void level_close(struct jsonw *w, char c, bool object)
{
    assert(w->depth > 0 && !w->after_key && !!(w->in_object & level_bit(w)) == object);
    (void)object; /* for builds without assert */
    w->depth--;
    buf_addc(w->b, c);
}

void jsonw_obj(struct jsonw *w)
{
    level_open(w, '{', true);
}

void jsonw_obj_end(struct jsonw *w)
{
    level_close(w, '}', true);
}

void jsonw_arr(struct jsonw *w)
{
    level_open(w, '[', false);
}

void jsonw_arr_end(struct jsonw *w)
{
    level_close(w, ']', false);
}

/* Writes n bytes of an already valid piece, escaping what JSON demands. Runs of plain bytes are copied at once. */
static void escape_valid(struct buf *b, const char *s, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(b, s + from, i - from);
        from = i + 1;
        switch (c) {
        case '"':
            buf_add(b, "\\\"", 2);
            break;
        case '\\':
            buf_add(b, "\\\\", 2);
            break;
        case '\n':
            buf_add(b, "\\n", 2);
            break;
        case '\r':
            buf_add(b, "\\r", 2);
            break;
        case '\t':
            buf_add(b, "\\t", 2);
            break;
        default:
            buf_add(b, (const char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
            break;
        }
    }
    buf_add(b, s + from, n - from);
}

/* Printable ASCII that JSON takes as it is, as nearly all text here: eight bytes a step. */
static bool is_plain(const char *s, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;

    for (; n >= 8; s += 8, n -= 8) {
        uint64_t v;
        memcpy(&v, s, 8);
        /* A byte's top bit tells: it had it, or the subtraction went below zero there. */
        if ((v | (v - ones * 0x20) | ((v ^ ones * '"') - ones) | ((v ^ ones * '\\') - ones)) & tops)
            return false;
    }
    for (; n; s++, n--)
        if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7F || *s == '"' || *s == '\\')
            return false;
    return true;
}

static void plain_write(struct buf *b, const char *s, size_t n)
{
    char *at = buf_extend(b, n + 2);

    if (!at)
        return;
    at[0] = at[n + 1] = '"';
    memcpy(at + 1, s, n);
}

static void string_write(struct buf *b, const char *s, size_t n)
{
    if (is_plain(s, n)) {
        plain_write(b, s, n);
        return;
    }
    buf_addc(b, '"');
    if (utf8_valid(s, n)) {
        escape_valid(b, s, n);
    } else {
        while (n) {
            size_t len = utf8_char_len(s, n);
            if (len)
                escape_valid(b, s, len);
            else
                buf_add(b, "\xEF\xBF\xBD", 3);
            s += len ? len : 1;
            n -= len ? len : 1;
        }
    }
    buf_addc(b, '"');
}

void jsonw_key(struct jsonw *w, const char *key)
{
    assert(w->depth > 0 && (w->in_object & level_bit(w)) && !w->after_key);
    if (w->has_item & level_bit(w))
        buf_addc(w->b, ',');
    w->has_item |= level_bit(w);
    w->after_key = true;
    string_write(w->b, key, strlen(key));
    buf_addc(w->b, ':');
}

void jsonw_strn(struct jsonw *w, const char *s, size_t n)
{
    value_begin(w);
    string_write(w->b, s, n);
}

void jsonw_str(struct jsonw *w, const char *s)
{
    if (s)
        jsonw_strn(w, s, strlen(s));
    else
        jsonw_null(w);
}

/* Decimal digits without printf: long lists are mostly integers. */
static void decimal_write(struct buf *b, bool negative, uint64_t v)
{
    char text[24];
    size_t i = sizeof text;

    do {
        text[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    if (negative)
        text[--i] = '-';
    buf_add(b, text + i, sizeof text - i);
}

void jsonw_i64(struct jsonw *w, int64_t v)
{
    value_begin(w);
    decimal_write(w->b, v < 0, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void jsonw_u64(struct jsonw *w, uint64_t v)
{
    value_begin(w);
    decimal_write(w->b, false, v);
}

void jsonw_double(struct jsonw *w, double v)
{
    char text[32];

    value_begin(w);
    buf_add(w->b, text, num_fmt_double(v, text, sizeof text));
}

void jsonw_bool(struct jsonw *w, bool v)
{
    value_begin(w);
    buf_adds(w->b, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
    value_begin(w);
    buf_adds(w->b, "null");
}

void jsonw_raw(struct jsonw *w, const char *json, size_t n)
{
    value_begin(w);
    if (json)
        buf_add(w->b, json, n);
    else
        buf_adds(w->b, "null");
}

void jsonw_kstr(struct jsonw *w, const char *key, const char *s)
{
    jsonw_key(w, key);
    jsonw_str(w, s);
}

void jsonw_ki64(struct jsonw *w, const char *key, int64_t v)
{
    jsonw_key(w, key);
    jsonw_i64(w, v);
}

void jsonw_kdouble(struct jsonw *w, const char *key, double v)
{
    jsonw_key(w, key);
    jsonw_double(w, v);
}

void jsonw_kbool(struct jsonw *w, const char *key, bool v)
{
    jsonw_key(w, key);
    jsonw_bool(w, v);
}

void jsonw_kraw(struct jsonw *w, const char *key, const char *json)
{
    jsonw_key(w, key);
    jsonw_raw(w, json, json ? strlen(json) : 0);
}

void jsonw_knull(struct jsonw *w, const char *key)
{
    jsonw_key(w, key);
    jsonw_null(w);
}
