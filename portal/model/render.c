/* Typed substitution. Names and formats are read by a small grammar; values are
 * numbers or enum words, which hold no character that an input file could
 * mistake for syntax. A "{{" that is no substitution is an error, not text.
 */
#include "render.h"

#include "../core/num.h"
#include "../core/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TAG_MAX = 100 };

static unsigned line_of(const char *text, const char *at)
{
    unsigned line = 1;

    for (const char *p = text; p < at; p++)
        line += *p == '\n';
    return line;
}

/* format: ".3f", ".6e", ".8g" or "d". */
static bool number_format(double v, const char *format, char *out, size_t cap)
{
    if (str_eq(format, "d"))
        return v == floor(v) && fabs(v) < 9e15 && str_fmt(out, cap, "%.0f", v);
    if (format[0] != '.')
        return false;
    size_t n = strspn(format + 1, "0123456789");
    char digits[3] = "";
    uint64_t precision;
    if (n == 0 || n >= sizeof digits)
        return false;
    memcpy(digits, format + 1, n);
    if (!num_u64(digits, 0, 15, &precision))
        return false;
    const char *kind = format + 1 + n;
    if (str_eq(kind, "f"))
        return str_fmt(out, cap, "%.*f", (int)precision, v);
    if (str_eq(kind, "e"))
        return str_fmt(out, cap, "%.*e", (int)precision, v);
    return str_eq(kind, "g") && str_fmt(out, cap, "%.*g", (int)precision, v);
}

static bool plain_format(double v, char *out, size_t cap)
{
    if (v == floor(v) && fabs(v) < 1e15)           /* steps and counts: never in exponent form */
        return str_fmt(out, cap, "%.0f", v + 0.0); /* -0 becomes 0 */
    return num_fmt_double(v, out, cap) > 0;
}

static enum status tag_render(const char *tag, unsigned line, expr_lookup *lookup, void *ctx, struct buf *out,
                              struct err *err)
{
    char name[TAG_MAX], value[400];
    struct expr_value v;
    const char *format = strchr(tag, ':');
    size_t n = format ? (size_t)(format - tag) : strlen(tag);

    memcpy(name, tag, n);
    name[n] = '\0';
    if (!lookup(ctx, name, &v))
        return err_field(err, ST_INVALID, "render_name", NULL, "line %u: %s is no parameter or derived value", line,
                         name);
    if (v.type == EXPR_WORD) {
        if (format)
            return err_field(err, ST_INVALID, "render_type", NULL, "line %u: %s is a word and takes no format", line,
                             name);
        buf_adds(out, v.word);
        return ST_OK;
    }
    bool ok = format ? number_format(v.num, format + 1, value, sizeof value) : plain_format(v.num, value, sizeof value);
    if (!ok)
        return err_field(err, ST_INVALID, "render_type", NULL, "line %u: %s (%.15g) cannot be written as \"%s\"", line,
                         name, v.num, format ? format + 1 : "");
    buf_adds(out, value);
    return ST_OK;
}

static bool tag_ok(const char *s, size_t n)
{
    size_t name = 0;

    while (name < n && ((s[name] >= 'a' && s[name] <= 'z') || (s[name] >= '0' && s[name] <= '9') || s[name] == '_'))
        name++;
    if (name == 0 || n >= TAG_MAX)
        return false;
    if (name == n)
        return true;
    for (size_t i = name + 1; i < n; i++)
        if (!s[i] || !strchr(".0123456789defg", s[i]))
            return false;
    return s[name] == ':' && name + 1 < n;
}

enum status render_text(const char *text, size_t n, expr_lookup *lookup, void *ctx, struct buf *out, struct err *err)
{
    const char *end = text + n;

    for (const char *p = text; p < end;) {
        const char *open = memmem(p, (size_t)(end - p), "{{", 2);
        if (!open) {
            buf_add(out, p, (size_t)(end - p));
            break;
        }
        buf_add(out, p, (size_t)(open - p));
        const char *close = memmem(open + 2, (size_t)(end - open) - 2, "}}", 2);
        unsigned line = line_of(text, open);
        if (!close || !tag_ok(open + 2, (size_t)(close - open) - 2))
            return err_field(err, ST_INVALID, "render_syntax", NULL, "line %u: expected {{name}} or {{name:.3f}}",
                             line);
        char tag[TAG_MAX];
        memcpy(tag, open + 2, (size_t)(close - open) - 2);
        tag[close - open - 2] = '\0';
        enum status st = tag_render(tag, line, lookup, ctx, out, err);
        if (st != ST_OK)
            return st;
        p = close + 2;
    }
    return buf_ok(out) ? ST_OK : err_set(err, ST_TOOBIG, "the rendered file is too large");
}
