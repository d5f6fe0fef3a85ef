/* Declared JSON objects: rows say what must be there, and check, error and
 * assignment come from the rows. All checks run before the first assignment,
 * so a refused body has changed nothing.
 */
#include "json_in.h"

#include "../core/str.h"

#include <stdio.h>
#include <string.h>

static enum status row_fail(const char *at, const char *name, const char *code, struct err *err, const char *what)
{
    char field[sizeof err->field];

    (void)snprintf(field, sizeof field, "%s", at);
    json_pointer_add(field, sizeof field, name, strlen(name));
    return err_field(err, ST_INVALID, code, field, "%s %s", field, what);
}

static size_t characters(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static bool controls_ok(const char *s, unsigned flags)
{
    if (flags & JF_ANY)
        return true;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        bool line = c == '\n' || c == '\t' || c == '\r';
        if ((c < 0x20 && !(line && (flags & JF_LINES))) || c == 0x7F)
            return false;
    }
    return true;
}

static enum status str_check(const struct json_row *r, const json_t *v, const char *at, struct err *err)
{
    char what[96];

    if (!json_is_string(v))
        return row_fail(at, r->name, "wrong_type", err, "must be a text");
    const char *s = json_string_value(v);
    int64_t n = (int64_t)characters(s);
    if (n < r->min) {
        (void)snprintf(what, sizeof what, r->min == 1 ? "must not be empty" : "must have at least %lld characters",
                       (long long)r->min);
        return row_fail(at, r->name, "too_short", err, what);
    }
    if (n > r->max) {
        (void)snprintf(what, sizeof what, "has %lld characters, at most %lld are accepted", (long long)n,
                       (long long)r->max);
        return row_fail(at, r->name, "too_long", err, what);
    }
    if (!controls_ok(s, r->flags))
        return row_fail(at, r->name, "bad_characters", err, "must not hold control characters");
    return ST_OK;
}

static enum status word_check(const struct json_row *r, const json_t *v, const char *at, struct err *err)
{
    char what[200] = "must be one of";

    if (!json_is_string(v))
        return row_fail(at, r->name, "wrong_type", err, "must be a text");
    for (const char *const *w = r->words; *w; w++) {
        if (str_eq(*w, json_string_value(v)))
            return ST_OK;
        size_t n = strlen(what);
        (void)snprintf(what + n, sizeof what - n, "%s %s", w == r->words ? "" : ",", *w);
    }
    return row_fail(at, r->name, "not_allowed", err, what);
}

static enum status number_check(const struct json_row *r, const json_t *v, const char *at, struct err *err)
{
    char what[96];

    if (r->kind == JT_I64) {
        if (!json_is_integer(v))
            return row_fail(at, r->name, "wrong_type", err, "must be a whole number");
        if (json_integer_value(v) >= r->min && json_integer_value(v) <= r->max)
            return ST_OK;
        (void)snprintf(what, sizeof what, "must be between %lld and %lld", (long long)r->min, (long long)r->max);
    } else {
        if (!json_is_number(v))
            return row_fail(at, r->name, "wrong_type", err, "must be a number");
        if (json_number_value(v) >= r->dmin && json_number_value(v) <= r->dmax)
            return ST_OK;
        (void)snprintf(what, sizeof what, "must be between %.15g and %.15g", r->dmin, r->dmax);
    }
    return row_fail(at, r->name, "out_of_range", err, what);
}

static enum status array_check(const struct json_row *r, const json_t *v, const char *at, struct err *err)
{
    char what[96];

    if (!json_is_array(v))
        return row_fail(at, r->name, "wrong_type", err, "must be an array");
    int64_t n = (int64_t)json_array_size(v);
    if (n >= r->min && n <= r->max)
        return ST_OK;
    (void)snprintf(what, sizeof what, "has %lld items, %lld to %lld are accepted", (long long)n, (long long)r->min,
                   (long long)r->max);
    return row_fail(at, r->name, n < r->min ? "too_short" : "too_long", err, what);
}

static enum status row_check(const struct json_row *r, const json_t *v, const char *at, struct err *err)
{
    if (!v)
        return r->flags & JF_REQUIRED ? row_fail(at, r->name, "missing_field", err, "is missing") : ST_OK;
    if (json_is_null(v) && (r->flags & JF_NULL))
        return ST_OK;
    switch (r->kind) {
    case JT_STR:
        return str_check(r, v, at, err);
    case JT_WORD:
        return word_check(r, v, at, err);
    case JT_I64:
    case JT_DOUBLE:
        return number_check(r, v, at, err);
    case JT_BOOL:
        return json_is_boolean(v) ? ST_OK : row_fail(at, r->name, "wrong_type", err, "must be true or false");
    case JT_OBJ:
        return json_is_object(v) ? ST_OK : row_fail(at, r->name, "wrong_type", err, "must be an object");
    case JT_ARR:
        return array_check(r, v, at, err);
    case JT_ANY:
        break;
    }
    return ST_OK;
}

static void row_assign(const struct json_row *r, json_t *v)
{
    bool null = json_is_null(v);

    if (r->ret_present)
        *r->ret_present = v != NULL;
    if (!v || !r->dest)
        return;
    switch (r->kind) {
    case JT_STR:
    case JT_WORD:
        *(const char **)r->dest = null ? NULL : json_string_value(v);
        break;
    case JT_I64:
        if (!null)
            *(int64_t *)r->dest = json_integer_value(v);
        break;
    case JT_DOUBLE:
        if (!null)
            *(double *)r->dest = json_number_value(v);
        break;
    case JT_BOOL:
        if (!null)
            *(bool *)r->dest = json_is_true(v);
        break;
    case JT_OBJ:
    case JT_ARR:
    case JT_ANY:
        *(json_t **)r->dest = null && r->kind != JT_ANY ? NULL : v;
        break;
    }
}

static bool row_named(const struct json_row *rows, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i].name, key))
            return true;
    return false;
}

enum status json_take(const json_t *obj, const char *at, const struct json_row *rows, size_t n, struct err *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(obj))
        return err_field(err, ST_INVALID, "wrong_type", *at ? at : "/", "%s must be an object",
                         *at ? at : "the document");
    json_object_foreach((json_t *)(uintptr_t)obj, key, value)
    { /* the macro wants non-const, and changes nothing */
        if (!row_named(rows, n, key))
            return row_fail(at, key, "unknown_field", err, "is not a known field");
    }
    for (size_t i = 0; i < n; i++) {
        enum status st = row_check(&rows[i], json_object_get(obj, rows[i].name), at, err);
        if (st != ST_OK)
            return st;
    }
    for (size_t i = 0; i < n; i++)
        row_assign(&rows[i], json_object_get(obj, rows[i].name));
    return ST_OK;
}

static void doc_free(void *p)
{
    json_decref(p);
}

json_t *json_keep(json_t *doc, struct arena *a)
{
    arena_defer(a, doc_free, doc);
    return doc;
}

enum status json_body(struct arena *a, const char *text, size_t n, size_t max, const struct json_row *rows,
                      size_t n_rows, json_t **ret_doc, struct err *err)
{
    json_t *doc;
    enum status st = json_read(text, n, max, &doc, err);

    if (st != ST_OK)
        return st;
    json_keep(doc, a);
    st = json_take(doc, "", rows, n_rows, err);
    if (st == ST_OK && ret_doc)
        *ret_doc = doc;
    return st;
}
