/* Foreign JSON, strictly.
 *
 * Two passes. A scanner without recursion checks the grammar and every limit
 * and knows at each byte where it is in the document, which jansson does not;
 * then jansson builds the tree from text that is known to be harmless and
 * rejects duplicate keys. For such a refusal the scanner runs again up to
 * jansson's position, only to learn the name of the place.
 */
#include "json_in.h"

#include "../core/num.h"
#include "../core/str.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_TEXT_MAX = 128 };

/* One open container; of an object the raw text of the current key, of an array the current index. */
struct level {
    bool object;
    const char *key;
    size_t key_len, index;
};

struct scan {
    const char *text, *p, *end;
    struct level level[JSON_DEPTH_MAX];
    unsigned depth;
    struct err *err;
};

void json_pointer_add(char *out, size_t cap, const char *name, size_t n)
{
    char clean[64];
    size_t len = strlen(out), m = utf8_sanitize(name, n, clean, sizeof clean);

    if (len + 2 < cap)
        out[len++] = '/';
    for (size_t i = 0; i < m && len + 3 < cap; i++) {
        if (clean[i] == '~' || clean[i] == '/') {
            out[len++] = '~';
            out[len++] = clean[i] == '~' ? '0' : '1';
        } else {
            out[len++] = clean[i];
        }
    }
    out[len] = '\0';
}

static void scan_pointer(const struct scan *s, char *out, size_t cap)
{
    char index[24];

    out[0] = '\0';
    for (unsigned i = 0; i < s->depth; i++) {
        const struct level *l = &s->level[i];
        if (l->object && l->key)
            json_pointer_add(out, cap, l->key, l->key_len);
        else if (!l->object)
            json_pointer_add(out, cap, index, (size_t)snprintf(index, sizeof index, "%zu", l->index));
    }
    if (!*out)
        (void)snprintf(out, cap, "/");
}

static enum status scan_fail(struct scan *s, const char *code, const char *what)
{
    char field[sizeof s->err->field];
    size_t line = 1, column = 1;

    for (const char *p = s->text; p < s->p; p++) {
        line += *p == '\n';
        column = *p == '\n' ? 1 : column + 1;
    }
    scan_pointer(s, field, sizeof field);
    return err_field(s->err, ST_INVALID, code, field, "%s at line %zu, column %zu (%s)", what, line, column, field);
}

static void skip_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

/* The escape behind a backslash at s->p. \u0000 is refused: C strings end there. */
static enum status scan_escape(struct scan *s)
{
    if (s->end - s->p < 2)
        return scan_fail(s, "json_syntax", "unfinished string");
    char c = s->p[1];
    if (c != 'u') {
        if (!strchr("\"\\/bfnrt", c) || !c)
            return scan_fail(s, "json_syntax", "unknown escape in a string");
        s->p += 2;
        return ST_OK;
    }
    if (s->end - s->p < 6)
        return scan_fail(s, "json_syntax", "unfinished string");
    if (memcmp(s->p + 2, "0000", 4) == 0)
        return scan_fail(s, "json_nul", "NUL character in a string");
    for (int i = 2; i < 6; i++)
        if (!strchr("0123456789abcdefABCDEF", s->p[i]) || !s->p[i])
            return scan_fail(s, "json_syntax", "bad \\u escape in a string");
    s->p += 6;
    return ST_OK;
}

/* A string at s->p (the opening quote); ret_from/ret_n: its raw text. */
static enum status scan_string(struct scan *s, const char **ret_from, size_t *ret_n)
{
    const char *from = ++s->p;

    while (s->p < s->end) {
        unsigned char c = (unsigned char)*s->p;
        if (c == '"') {
            *ret_from = from;
            *ret_n = (size_t)(s->p - from);
            s->p++;
            return ST_OK;
        }
        if (c == '\\') {
            enum status st = scan_escape(s);
            if (st != ST_OK)
                return st;
            continue;
        }
        if (c == 0)
            return scan_fail(s, "json_nul", "NUL byte in a string");
        if (c < 0x20)
            return scan_fail(s, "json_syntax", "control character in a string");
        size_t len = utf8_char_len(s->p, (size_t)(s->end - s->p));
        if (len == 0)
            return scan_fail(s, "json_utf8", "invalid UTF-8 in a string");
        s->p += len;
    }
    return scan_fail(s, "json_syntax", "unfinished string");
}

/* -?(0|[1-9]D*)(.D+)?([eE][+-]?D+)? */
static bool number_grammar(const char *t)
{
    static const char digits[] = "0123456789";

    t += *t == '-';
    size_t n = strspn(t, digits);
    if (n == 0 || (n > 1 && *t == '0'))
        return false;
    t += n;
    if (*t == '.') {
        if ((n = strspn(++t, digits)) == 0)
            return false;
        t += n;
    }
    if (*t == 'e' || *t == 'E') {
        t++;
        t += *t == '+' || *t == '-';
        if ((n = strspn(t, digits)) == 0)
            return false;
        t += n;
    }
    return *t == '\0';
}

static enum status scan_number(struct scan *s)
{
    char text[NUMBER_TEXT_MAX + 1] = "";
    const char *from = s->p, *p = from;
    int64_t i;
    double d;

    while (p < s->end && *p && strchr("+-.0123456789eE", *p))
        p++;
    size_t n = (size_t)(p - from);
    if (n > NUMBER_TEXT_MAX)
        return scan_fail(s, "json_number", "number of too many digits");
    memcpy(text, from, n);
    text[n] = '\0';
    if (!number_grammar(text))
        return scan_fail(s, "json_syntax", "not a number");
    bool integer = strpbrk(text, ".eE") == NULL;
    if (integer ? !num_i64(text, INT64_MIN, INT64_MAX, &i) : !num_double(text, -DBL_MAX, DBL_MAX, &d))
        return scan_fail(s, "json_number",
                         integer ? "integer outside 64 bits" : "number outside the range of a double");
    s->p = p;
    return ST_OK;
}

static enum status scan_word(struct scan *s)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i], n) == 0) {
            s->p += n;
            return ST_OK;
        }
    }
    return scan_fail(s, *s->p ? "json_syntax" : "json_nul", *s->p ? "unexpected character" : "NUL byte");
}

static enum status scan_key(struct scan *s)
{
    struct level *l = &s->level[s->depth - 1];

    skip_space(s);
    l->key = NULL;
    if (s->p == s->end || *s->p != '"')
        return scan_fail(s, "json_syntax", "expected a key");
    enum status st = scan_string(s, &l->key, &l->key_len);
    if (st != ST_OK)
        return st;
    skip_space(s);
    if (s->p == s->end || *s->p != ':')
        return scan_fail(s, "json_syntax", "expected ':'");
    s->p++;
    return ST_OK;
}

/* A value begins at s->p. ret_opened: it was a container with something in it, whose first value comes next. */
static enum status scan_value(struct scan *s, bool *ret_opened)
{
    const char *from;
    size_t n;

    *ret_opened = false;
    skip_space(s);
    if (s->p == s->end)
        return scan_fail(s, "json_syntax", "unexpected end");
    char c = *s->p;
    if (c == '"')
        return scan_string(s, &from, &n);
    if (c == '-' || (c >= '0' && c <= '9'))
        return scan_number(s);
    if (c != '{' && c != '[')
        return scan_word(s);
    if (s->depth == JSON_DEPTH_MAX)
        return scan_fail(s, "json_depth", "nested deeper than 32 levels");
    s->p++;
    skip_space(s);
    if (s->p < s->end && *s->p == (c == '{' ? '}' : ']')) {
        s->p++;
        return ST_OK;
    }
    s->level[s->depth++] = (struct level){ .object = c == '{' };
    *ret_opened = true;
    return c == '{' ? scan_key(s) : ST_OK;
}

/* After a value: closes what ends here. ret_more: another value of the innermost container comes next. */
static enum status scan_after(struct scan *s, bool *ret_more)
{
    *ret_more = false;
    while (s->depth) {
        struct level *l = &s->level[s->depth - 1];
        skip_space(s);
        if (s->p == s->end)
            return scan_fail(s, "json_syntax", "unexpected end");
        if (*s->p == ',') {
            s->p++;
            l->index++;
            *ret_more = true;
            return l->object ? scan_key(s) : ST_OK;
        }
        if (*s->p != (l->object ? '}' : ']'))
            return scan_fail(s, "json_syntax", l->object ? "expected ',' or '}'" : "expected ',' or ']'");
        s->p++;
        s->depth--;
    }
    return ST_OK;
}

static enum status scan_document(struct scan *s)
{
    for (bool more = true; more;) {
        bool opened;
        enum status st = scan_value(s, &opened);
        if (st == ST_OK && !opened)
            st = scan_after(s, &more);
        if (st != ST_OK)
            return st;
    }
    skip_space(s);
    return s->p == s->end ? ST_OK : scan_fail(s, "json_syntax", "something follows the document");
}

/* jansson refused what the scanner let through: duplicate keys, lone surrogates in \u escapes. */
static enum status tree_fail(const char *text, size_t n, const json_error_t *why, struct err *err)
{
    size_t at = why->position > 0 && (size_t)why->position <= n ? (size_t)why->position : n;
    struct err cut = { .st = ST_OK };
    struct scan s = { .text = text, .p = text, .end = text + at, .err = &cut };
    bool duplicate = json_error_code(why) == json_error_duplicate_key;

    (void)scan_document(&s); /* ends at `at`, inside the value or key at fault */
    char field[sizeof err->field];
    scan_pointer(&s, field, sizeof field);
    if (duplicate)
        return err_field(err, ST_INVALID, "json_duplicate_key", field, "the key %s occurs twice", field);
    return err_field(err, ST_INVALID, "json_syntax", field, "not JSON at %s: %s", field, why->text);
}

enum status json_read(const char *text, size_t n, size_t max, json_t **ret_doc, struct err *err)
{
    struct scan s = { .text = text, .p = text, .end = text + n, .err = err };
    json_error_t why;

    *ret_doc = NULL;
    if (n > max)
        return err_field(err, ST_TOOBIG, "json_too_big", "/", "the JSON text has %zu bytes, at most %zu are accepted",
                         n, max);
    if (n == 0)
        return err_field(err, ST_INVALID, "json_syntax", "/", "the JSON text is empty");
    enum status st = scan_document(&s);
    if (st != ST_OK)
        return st;
    json_t *doc = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!doc)
        return tree_fail(text, n, &why, err);
    *ret_doc = doc;
    return ST_OK;
}
