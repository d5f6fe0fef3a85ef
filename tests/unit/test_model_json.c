/* Foreign JSON: what is refused, where the error points, and what declared bodies accept. */
#include "../../portal/model/json_in.h"

#include "../../portal/core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct err g_err;

static enum status read_n(const char *s, size_t n)
{
    json_t *doc = NULL;
    err_clear(&g_err);
    enum status st = json_read(s, n, 1 << 20, &doc, &g_err);

    assert_true((st == ST_OK) == (doc != NULL));
    json_decref(doc);
    return st;
}

static void refused_with_place(void **state)
{
    static const struct {
        const char *text, *code, *field;
    } rows[] = {
        { "", "json_syntax", "/" },
        { "{", "json_syntax", "/" },
        { "nul", "json_syntax", "/" },
        { "[1,]", "json_syntax", "/1" },
        { "{\"a\":1,}", "json_syntax", "/" },
        { "{\"a\" 1}", "json_syntax", "/a" },
        { "{a:1}", "json_syntax", "/" },
        { "[1] 2", "json_syntax", "/" },
        { "[01]", "json_syntax", "/0" },
        { "[+1]", "json_syntax", "/0" },
        { "[1.]", "json_syntax", "/0" },
        { "[.5]", "json_syntax", "/0" },
        { "[-]", "json_syntax", "/0" },
        { "[1e]", "json_syntax", "/0" },
        { "[NaN]", "json_syntax", "/0" },
        { "[Infinity]", "json_syntax", "/0" },
        { "[\"a]", "json_syntax", "/0" },
        { "[\"\\x\"]", "json_syntax", "/0" },
        { "[\"\\u12\"]", "json_syntax", "/0" },
        { "[\"\\u12g4\"]", "json_syntax", "/0" },
        { "[\"a\tb\"]", "json_syntax", "/0" },
        { "[\"\\ud800\"]", "json_syntax", "/0" },
        { "{\"p\":{\"q\":[0,\"\\u0000\"]}}", "json_nul", "/p/q/1" },
        { "{\"p\":\"\xFF\"}", "json_utf8", "/p" },
        { "{\"p\":\"\xC0\x80\"}", "json_utf8", "/p" },
        { "{\"n\":9223372036854775808}", "json_number", "/n" },
        { "{\"n\":-9223372036854775809}", "json_number", "/n" },
        { "{\"n\":1e400}", "json_number", "/n" },
        { "{\"a\":{\"b\":1,\"b\":2}}", "json_duplicate_key", "/a/b" },
        { "{\"a/b~\":{\"c\":tru}}", "json_syntax", "/a~1b~0/c" },
        { "// c\n1", "json_syntax", "/" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(read_n(rows[i].text, strlen(rows[i].text)), ST_INVALID);
        assert_string_equal(g_err.code, rows[i].code);
        assert_string_equal(g_err.field, rows[i].field);
    }
    assert_int_equal(read_n("[\"a\0b\"]", 7), ST_INVALID);
    assert_string_equal(g_err.code, "json_nul");
    assert_int_equal(read_n("[1]\0", 4), ST_INVALID);
    assert_int_equal(read_n("\0", 1), ST_INVALID);
}

static void depth_is_bounded(void **state)
{
    enum { DEEP = 10000 };
    char *s = malloc(DEEP * 6);
    size_t n = 0;

    (void)state;
    memset(s, '[', DEEP);
    assert_int_equal(read_n(s, DEEP), ST_INVALID);
    assert_string_equal(g_err.code, "json_depth");
    assert_string_not_equal(g_err.field, "");
    for (int i = 0; i < DEEP; i++, n += 5)
        memcpy(s + n, "{\"a\":", 5);
    assert_int_equal(read_n(s, n), ST_INVALID);
    assert_string_equal(g_err.code, "json_depth");
    memset(s, '[', JSON_DEPTH_MAX);
    memset(s + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    assert_int_equal(read_n(s, 2 * JSON_DEPTH_MAX), ST_OK);
    free(s);
}

static void accepted(void **state)
{
    static const char *const good[] = { "0",
                                        "-0.5e-3",
                                        "\"\\ud83d\\ude00 \xF0\x9F\x98\x80\"",
                                        " { } ",
                                        "[[],{},[[]],{\"a\":[]}]",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "1e-400",
                                        "{\"\":{\"\":1}}" };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(read_n(good[i], strlen(good[i])), ST_OK);
}

static void size_is_bounded(void **state)
{
    json_t *doc;

    (void)state;
    assert_int_equal(json_read("[1]", 3, 2, &doc, &g_err), ST_TOOBIG);
    assert_null(doc);
    assert_string_equal(g_err.code, "json_too_big");
    assert_int_equal(json_read("[1]", 3, 3, &doc, NULL), ST_OK);
    json_decref(doc);
}

static const char *const g_words[] = { "lead", "member", NULL };

struct body {
    const char *name, *role, *note;
    int64_t count;
    double ratio;
    bool flag, had_note;
    json_t *list, *obj, *any;
};

static enum status take(struct arena *a, const char *text, struct body *b)
{
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, 5, &b->name),
        JSON_ROW_WORD("role", 0, g_words, &b->role),
        { .name = "note",
          .kind = JT_STR,
          .flags = JF_NULL | JF_LINES,
          .max = 100,
          .dest = &b->note,
          .ret_present = &b->had_note },
        JSON_ROW_I64("count", 0, -2, 2, &b->count),
        JSON_ROW_DOUBLE("ratio", JF_NULL, 0, 1, &b->ratio),
        JSON_ROW_BOOL("flag", 0, &b->flag),
        JSON_ROW_ARR("list", 0, 1, 2, &b->list),
        JSON_ROW_OBJ("obj", JF_NULL, &b->obj),
        JSON_ROW_ANY("any", 0, &b->any),
    };

    err_clear(&g_err);
    return JSON_BODY(a, text, strlen(text), 1000, rows, &g_err);
}

static void bodies(void **state)
{
    static const struct {
        const char *text, *code, *field;
    } bad[] = {
        { "{}", "missing_field", "/name" },
        { "[]", "wrong_type", "/" },
        { "{\"name\":null}", "wrong_type", "/name" },
        { "{\"name\":\"\"}", "too_short", "/name" },
        { "{\"name\":\"abcdef\"}", "too_long", "/name" },
        { "{\"name\":\"a\\u0007\"}", "bad_characters", "/name" },
        { "{\"name\":\"a\\n\"}", "bad_characters", "/name" },
        { "{\"name\":\"a\",\"naem\":1}", "unknown_field", "/naem" },
        { "{\"name\":\"a\",\"role\":\"king\"}", "not_allowed", "/role" },
        { "{\"name\":\"a\",\"count\":3}", "out_of_range", "/count" },
        { "{\"name\":\"a\",\"count\":1.0}", "wrong_type", "/count" },
        { "{\"name\":\"a\",\"count\":\"1\"}", "wrong_type", "/count" },
        { "{\"name\":\"a\",\"ratio\":1.5}", "out_of_range", "/ratio" },
        { "{\"name\":\"a\",\"flag\":1}", "wrong_type", "/flag" },
        { "{\"name\":\"a\",\"list\":[]}", "too_short", "/list" },
        { "{\"name\":\"a\",\"list\":[1,2,3]}", "too_long", "/list" },
        { "{\"name\":\"a\",\"obj\":[]}", "wrong_type", "/obj" },
        { "{\"name\":\"a\",\"name\":\"b\"}", "json_duplicate_key", "/name" },
    };
    struct arena *a = arena_new(1 << 20);
    struct body b = { .name = "before", .count = 9 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(take(a, bad[i].text, &b), ST_INVALID);
        assert_string_equal(g_err.code, bad[i].code);
        assert_string_equal(g_err.field, bad[i].field);
        assert_string_equal(b.name, "before"); /* nothing was written */
    }
    assert_int_equal(take(a,
                          "{\"name\":\"\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3\xA9\",\"note\":\"x\\ny\",\"ratio\":1,"
                          "\"any\":null,\"list\":[1]}",
                          &b),
                     ST_OK);
    assert_string_equal(b.name, "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3\xA9"); /* five characters, ten bytes */
    assert_int_equal(b.count, 9);
    assert_true(b.had_note && b.ratio == 1 && json_is_null(b.any));
    assert_int_equal(json_array_size(b.list), 1);
    assert_int_equal(take(a, "{\"name\":\"n\",\"note\":null,\"obj\":null,\"ratio\":null}", &b), ST_OK);
    assert_null(b.note);
    assert_null(b.obj);
    assert_true(b.had_note && b.ratio == 1);
    assert_int_equal(take(a, "{\"name\":\"n\"}", &b), ST_OK);
    assert_false(b.had_note);
    arena_free(a);
}

static void pointers_fit(void **state)
{
    char out[24] = "";

    (void)state;
    for (int i = 0; i < 10; i++)
        json_pointer_add(out, sizeof out, "a~/\xFF\xC3\xA4", 6);
    assert_true(strlen(out) < sizeof out);
    assert_memory_equal(out, "/a~0~1", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_with_place), cmocka_unit_test(depth_is_bounded), cmocka_unit_test(accepted),
        cmocka_unit_test(size_is_bounded),    cmocka_unit_test(bodies),           cmocka_unit_test(pointers_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
