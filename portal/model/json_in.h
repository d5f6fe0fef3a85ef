/* The one reader of foreign JSON: request bodies, results, manifests, templates.
 *
 * json_read refuses, naming the place as a JSON pointer in err->field ("/" for the whole document):
 *   more than max bytes (ST_TOOBIG json_too_big), invalid UTF-8 (json_utf8), NUL raw or as \u0000 (json_nul),
 *   nesting deeper than 32 (json_depth), duplicate keys (json_duplicate_key), integers outside 64 bits and
 *   numbers outside double (json_number), anything that is not RFC 8259 JSON (json_syntax); status ST_INVALID.
 *
 * json_take declares what an object must hold: an array of rows, from which checking, error and assignment come.
 * Unknown keys are errors (unknown_field). Codes: missing_field, wrong_type, too_short, too_long, out_of_range,
 * not_allowed, bad_characters. Nothing is written to any dest unless all rows are right.
 * Strings and objects put into dest are borrowed from the document. Any thread, one thread a document.
 */
#ifndef ATH_MODEL_JSON_IN_H
#define ATH_MODEL_JSON_IN_H

#include "../core/arena.h"
#include "../core/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 32

enum status json_read(const char *text, size_t n, size_t max, json_t **ret_doc, struct err *err);

enum json_take_kind {
    JT_STR,    /* const char *: min..max characters (code points), no control characters unless JF_LINES / JF_ANY */
    JT_WORD,   /* const char *: one of words */
    JT_I64,    /* int64_t: min..max */
    JT_DOUBLE, /* double: dmin..dmax; integers are accepted */
    JT_BOOL,   /* bool */
    JT_OBJ,    /* json_t *: an object */
    JT_ARR,    /* json_t *: an array of min..max items */
    JT_ANY,    /* json_t *: any value */
};

#define JF_REQUIRED 1u
#define JF_NULL     2u /* null is accepted: pointers become NULL, other dests stay as they are */
#define JF_LINES    4u /* JT_STR: tab and newline are fine */
#define JF_ANY      8u /* JT_STR: all control characters are fine (names that are only data) */

struct json_row {
    const char *name;
    enum json_take_kind kind;
    unsigned flags;
    int64_t min, max;
    double dmin, dmax;
    const char *const *words; /* JT_WORD, NULL-ended */
    void *dest;
    bool *ret_present; /* may be NULL: whether the key was there (also as null) */
};

/* Rows: JSON_ROW_STR("name", JF_REQUIRED, 1, 200, &name), … ; absent optional fields leave dest as it was. */
/* clang-format off */
#define JSON_ROW_STR(n, f, lo, hi, d) { .name = (n), .kind = JT_STR, .flags = (f), .min = (lo), .max = (hi), .dest = (d) }
#define JSON_ROW_WORD(n, f, w, d) { .name = (n), .kind = JT_WORD, .flags = (f), .words = (w), .dest = (d) }
#define JSON_ROW_I64(n, f, lo, hi, d) { .name = (n), .kind = JT_I64, .flags = (f), .min = (lo), .max = (hi), .dest = (d) }
#define JSON_ROW_DOUBLE(n, f, lo, hi, d) { .name = (n), .kind = JT_DOUBLE, .flags = (f), .dmin = (lo), .dmax = (hi), .dest = (d) }
#define JSON_ROW_BOOL(n, f, d) { .name = (n), .kind = JT_BOOL, .flags = (f), .dest = (d) }
#define JSON_ROW_OBJ(n, f, d) { .name = (n), .kind = JT_OBJ, .flags = (f), .dest = (d) }
#define JSON_ROW_ARR(n, f, lo, hi, d) { .name = (n), .kind = JT_ARR, .flags = (f), .min = (lo), .max = (hi), .dest = (d) }
#define JSON_ROW_ANY(n, f, d) { .name = (n), .kind = JT_ANY, .flags = (f), .dest = (d) }
/* clang-format on */

/* at: the JSON pointer of obj ("" for the document), put before the names in errors. No object is wrong_type. */
enum status json_take(const json_t *obj, const char *at, const struct json_row *rows, size_t n, struct err *err);

/* A request body: json_read + json_take; the document lives as long as the arena. ret_doc may be NULL. */
enum status json_body(struct arena *a, const char *text, size_t n, size_t max, const struct json_row *rows,
                      size_t n_rows, json_t **ret_doc, struct err *err);
#define JSON_BODY(a, text, n, max, rows, err)                                                                          \
    json_body((a), (text), (n), (max), (rows), sizeof(rows) / sizeof *(rows), NULL, (err))

/* Adds one reference token (RFC 6901, cleaned and cut) to the JSON pointer in out. */
void json_pointer_add(char *out, size_t cap, const char *name, size_t n);

/* Keeps a document (or any json_t the caller owns) until the arena is freed. Returns doc. */
json_t *json_keep(json_t *doc, struct arena *a);

#endif
