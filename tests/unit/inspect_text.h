/* For tests of structure inspection: a document in memory in, its report as JSON out. */
#ifndef ATH_TEST_INSPECT_TEXT_H
#define ATH_TEST_INSPECT_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../workers/helper/inspect/inspect.h"

static const struct inspect_limits g_limits = { .bytes = 1 << 20, .lines = 100000, .atoms = 10000 };

static inline json_t *inspect_bytes(const char *name, const void *p, size_t n, struct err *err)
{
    struct buf out;
    buf_init(&out, 4 << 20);
    memset(err, 0, sizeof *err);
    enum status st = inspect_structure(-1, p, n, name, &g_limits, &out, err);
    json_t *doc = st ? NULL : json_loadb(out.p, out.len, JSON_REJECT_DUPLICATES, NULL);
    assert_true(st ? err->text[0] && err->code[0] : doc != NULL);
    buf_free(&out);
    return doc;
}

/* The report on text that must be accepted. */
static inline json_t *inspect_good(const char *name, const char *text)
{
    struct err err;
    json_t *doc = inspect_bytes(name, text, strlen(text), &err);
    if (!doc)
        fail_msg("refused: %s", err.text);
    return doc;
}

/* text must be refused with this code and, when words is not NULL, with these words in its text. */
static inline void assert_refused_bytes(const char *name, const void *p, size_t n, const char *code, const char *words)
{
    struct err err;
    json_t *doc = inspect_bytes(name, p, n, &err);
    assert_null(doc);
    assert_string_equal(err.code, code);
    if (words && !strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static inline void assert_refused(const char *name, const char *text, const char *code, const char *words)
{
    assert_refused_bytes(name, text, strlen(text), code, words);
}

static inline json_int_t fact(const json_t *doc, const char *name)
{
    const json_t *v = json_object_get(json_object_get(doc, "facts"), name);
    if (!v)
        fail_msg("there is no fact %s", name);
    return json_is_boolean(v) ? json_is_true(v) : json_integer_value(v);
}

static inline double box_side(const json_t *doc, size_t i)
{
    return json_number_value(json_array_get(json_object_get(json_object_get(doc, "facts"), "box_a"), i));
}

static inline const char *fact_text(const json_t *doc, const char *name)
{
    return json_string_value(json_object_get(json_object_get(doc, "facts"), name));
}

static inline const json_t *finding(const json_t *doc, const char *code)
{
    const json_t *list = json_object_get(doc, "findings"), *f;
    size_t i;
    json_array_foreach(list, i, f)
    {
        if (strcmp(json_string_value(json_object_get(f, "code")), code) == 0)
            return f;
    }
    return NULL;
}

/* The finding is there; where: its first place, or NULL. */
static inline void assert_finding(const json_t *doc, const char *code, const char *level, const char *where)
{
    const json_t *f = finding(doc, code);
    if (!f)
        fail_msg("no finding %s", code);
    assert_string_equal(json_string_value(json_object_get(f, "level")), level);
    assert_true(strlen(json_string_value(json_object_get(f, "text"))) > 5);
    assert_true(strlen(json_string_value(json_object_get(f, "why"))) > 10);
    if (where)
        assert_string_equal(json_string_value(json_array_get(json_object_get(f, "where"), 0)), where);
}

/* One PDB atom line; text is valid until eight more. */
static inline const char *pdb_atom(const char *record, const char *name4, char alt, const char *res, char chain,
                                   int seq, double x, double y, double z, const char *element)
{
    static char lines[8][96];
    static unsigned next;
    char *p = lines[next++ % 8];
    (void)snprintf(p, 96, "%-6s%5d %-4s%c%-4s%c%4d    %8.3f%8.3f%8.3f  1.00  0.00          %2s\n", record, 1, name4,
                   alt, res, chain, seq, x, y, z, element);
    return p;
}

#endif
