/* Numbers, strings, identifiers, codings, time, the JSON writer. */
#include "../../portal/core/clock.h"
#include "../../portal/core/id.h"
#include "../../portal/core/jsonw.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void integers(void **state)
{
    static const char *const bad[] = {
        "", " 1", "1 ", "+1", "-", "--1", "0x10", "1e3", "1.0", "\t1", "18446744073709551616"
    };
    uint64_t u = 7;
    int64_t i = 7;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_false(num_u64(bad[k], 0, UINT64_MAX, &u));
        assert_false(num_i64(bad[k], INT64_MIN, INT64_MAX, &i));
    }
    assert_int_equal(u, 7); /* untouched */
    assert_int_equal(i, 7);
    assert_false(num_u64(NULL, 0, 9, &u));
    assert_false(num_u64("-1", 0, 9, &u));
    assert_true(num_u64("18446744073709551615", 0, UINT64_MAX, &u));
    assert_true(u == UINT64_MAX);
    assert_false(num_u64("11", 0, 10, &u));
    assert_true(num_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &i));
    assert_true(i == INT64_MIN);
    assert_true(num_i64("9223372036854775807", INT64_MIN, INT64_MAX, &i));
    assert_false(num_i64("9223372036854775808", INT64_MIN, INT64_MAX, &i));
    assert_false(num_i64("-9223372036854775809", INT64_MIN, INT64_MAX, &i));
    assert_false(num_i64("-5", -4, 4, &i));
}

static void doubles(void **state)
{
    static const char *const bad[] = { "",    "inf", "nan", "0x1p3", "1.",    ".5",  "1e",
                                       "1e+", " 1",  "1 ",  "+1",    "1e999", "1,5", "--1" };
    double d = 7;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_false(num_double(bad[k], -DBL_MAX, DBL_MAX, &d));
    assert_true(d == 7);
    assert_true(num_double("-1.5e-3", -1, 1, &d));
    assert_true(d == -1.5e-3);
    assert_false(num_double("2", -1, 1, &d));
}

static void byte_sizes(void **state)
{
    uint64_t u;

    (void)state;
    assert_true(num_bytes("64k", 0, UINT64_MAX, &u) && u == 65536);
    assert_true(num_bytes("1T", 0, UINT64_MAX, &u) && u == (uint64_t)1 << 40);
    assert_true(num_bytes("10", 0, UINT64_MAX, &u) && u == 10);
    assert_false(num_bytes("1KB", 0, UINT64_MAX, &u));
    assert_false(num_bytes("k", 0, UINT64_MAX, &u));
    assert_false(num_bytes("99999999999T", 0, UINT64_MAX, &u)); /* overflows */
    assert_false(num_bytes("16777216T", 0, UINT64_MAX, &u));
    assert_true(num_bytes("16777215T", 0, UINT64_MAX, &u));
    assert_false(num_mul_u64(UINT64_MAX, 2, &u));
    assert_false(num_add_u64(UINT64_MAX, 1, &u));
}

static void doubles_round_trip(void **state)
{
    static const double v[] = { 0,     0.1,  1.0 / 3,      1e300, 5e-324, DBL_MAX, -2.5, 123456789012345678.0,
                                300.1, 1e21, 6.02214076e23 };
    char out[32];

    (void)state;
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        size_t n = num_fmt_double(v[i], out, sizeof out);
        assert_int_equal(n, strlen(out));
        assert_true(strtod(out, NULL) == v[i]);
    }
    num_fmt_double(0.1, out, sizeof out);
    assert_string_equal(out, "0.1");
    num_fmt_double(INFINITY, out, sizeof out);
    assert_string_equal(out, "null");
    num_fmt_double((double)NAN, out, sizeof out);
    assert_string_equal(out, "null");
}

static void utf8(void **state)
{
    static const struct {
        const char *s;
        size_t n;
        bool ok;
    } rows[] = {
        { "abc", 3, true },
        { "\xC3\xA4", 2, true },
        { "\xE2\x82\xAC", 3, true },
        { "\xF0\x9F\x98\x80", 4, true },
        { "a\0b", 3, false },
        { "\xC0\x80", 2, false },
        { "\xE0\x80\x80", 3, false },
        { "\xED\xA0\x80", 3, false },
        { "\xF4\x90\x80\x80", 4, false },
        { "\xC3", 1, false },
        { "\xE2\x82", 2, false },
        { "\xFF", 1, false },
        { "\x80", 1, false },
        { "", 0, true },
        { "\xF4\x8F\xBF\xBF", 4, true },
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(utf8_valid(rows[i].s, rows[i].n), rows[i].ok);
    /* Text is looked at eight bytes at a time: a fault counts wherever it stands among plain letters. */
    for (size_t at = 0; at < 24; at++) {
        char text[25] = "abcdefghijklmnopqrstuvw~";

        assert_true(utf8_valid(text, 24));
        text[at] = '\0';
        assert_false(utf8_valid(text, 24));
        text[at] = '\xFF';
        assert_false(utf8_valid(text, 24));
        text[at] = '\x01';
        assert_true(utf8_valid(text, 24));
    }
    assert_int_equal(utf8_sanitize("a\x01\xFFz", 4, out, sizeof out), 8);
    assert_string_equal(out, "a\xEF\xBF\xBD\xEF\xBF\xBDz");
    assert_int_equal(utf8_sanitize("\xC3\xA4\xC3\xA4", 4, out, 4), 2); /* never half a character */
    assert_int_equal(utf8_sanitize("abc", 3, out, 0), 0);
    assert_int_equal(utf8_sanitize("\xC2\x85", 2, out, sizeof out), 3); /* C1 control */
}

static void small_strings(void **state)
{
    char out[4];

    (void)state;
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq("a", NULL));
    assert_true(str_starts("abc", "ab") && !str_starts("a", "ab"));
    assert_true(str_ends("abc", "bc") && !str_ends("c", "bc"));
    assert_true(mem_eq_ct("abc", "abc", 3) && !mem_eq_ct("abc", "abd", 3));
    assert_true(str_fmt(out, sizeof out, "abc"));
    assert_false(str_fmt(out, sizeof out, "abcd"));
    assert_true(str_is_slug("protein-md", 20));
    assert_false(str_is_slug("", 20) || str_is_slug("A", 20) || str_is_slug("1a", 20) || str_is_slug("a/b", 20) ||
                 str_is_slug("abc", 2));
}

static void ids(void **state)
{
    char a[ID_MAX], b[ID_MAX];

    (void)state;
    clock_fake_set(1700000000000000, 0);
    id_new("run", a);
    clock_fake_set(1700000000001000, 0);
    id_new("run", b);
    clock_fake_set(-1, 0);
    assert_int_equal(strlen(a), 30);
    assert_true(strcmp(a, b) < 0); /* sorts by time */
    assert_memory_equal(a, "run_01hf7yat00", 14);
    assert_true(id_valid("run", a) && id_valid(NULL, a));
    assert_false(id_valid("prj", a));
    a[10] = 'u'; /* not in the alphabet */
    assert_false(id_valid("run", a));
    assert_false(id_valid(NULL, "xyz_01hf7yat000000000000000000"));
    assert_false(id_valid(NULL, "run_81hf7yat000000000000000000")); /* over 128 bits */
    assert_false(id_valid(NULL, "run") || id_valid(NULL, NULL) || id_valid(NULL, "run_"));
    assert_false(id_valid("run", "run_01hf7yat0000000000000000000"));
    for (int i = 0; i < 1000; i++) {
        id_new("usr", b);
        assert_true(id_valid("usr", b));
    }
}

static void codings(void **state)
{
    unsigned char raw[300], back[300];
    char text[700];
    size_t n;

    (void)state;
    rand_bytes(raw, sizeof raw);
    hex_encode(raw, sizeof raw, text);
    assert_true(hex_decode(text, back, sizeof back));
    assert_memory_equal(raw, back, sizeof raw);
    assert_false(hex_decode("abc", back, 2) || hex_decode("zz", back, 1) || hex_decode("aa", back, 2));
    for (size_t len = 0; len <= 100; len++) {
        for (int url = 0; url < 2; url++) {
            size_t m = b64_encode(raw, len, text, sizeof text, url);
            assert_true(b64_decode(text, m, back, sizeof back, &n, url));
            assert_int_equal(n, len);
            assert_memory_equal(raw, back, len);
        }
    }
    b64_encode("hello", 5, text, sizeof text, false);
    assert_string_equal(text, "aGVsbG8=");
    assert_int_equal(b64_encode("hello", 5, text, 8, false), 0); /* no room for the NUL */
    static const char *const bad[] = { "aGVsbG8", "aGVsbG8==", "aGVsbG9=", "aGVs bG8=",
                                       "====",    "a===",      "aG=sbG8=", "aGVsbG8=\n" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(b64_decode(bad[i], strlen(bad[i]), back, sizeof back, &n, false));
    assert_false(b64_decode("aGVsbG8", 7, back, 4, &n, true)); /* does not fit */
    assert_false(b64_decode("aGVsbG8=", 8, back, sizeof back, &n, true));
}

static void times(void **state)
{
    static const char *const bad[] = { "",
                                       "2026-11-20",
                                       "2026-13-01T00:00:00Z",
                                       "2026-02-29T00:00:00Z",
                                       "2026-11-20T24:00:00Z",
                                       "2026-11-20T19:14:19",
                                       "2026-11-20T19:14:19.Z",
                                       "2026-11-20T19:14:19Zx",
                                       "2026-11-20T19:14:19+0100",
                                       "26-11-20T19:14:19Z" };
    char out[32];
    int64_t us = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(clock_parse_rfc3339(bad[i], &us));
    assert_int_equal(us, 7);
    clock_rfc3339(1700000000123456, out, sizeof out);
    assert_string_equal(out, "2023-11-14T22:13:20.123Z");
    assert_true(clock_parse_rfc3339(out, &us) && us == 1700000000123000);
    assert_true(clock_parse_rfc3339("2023-11-14T23:13:20.5+01:00", &us) && us == 1700000000500000);
    assert_true(clock_parse_rfc3339("1969-12-31T23:59:59.999Z", &us) && us == -1000);
    clock_rfc3339(-1000, out, sizeof out);
    assert_string_equal(out, "1969-12-31T23:59:59.999Z");
    assert_true(clock_parse_rfc3339("2024-02-29T00:00:00Z", &us));
    clock_fake_set(5, 6);
    assert_true(clock_wall_us() == 5 && clock_mono_ms() == 6);
    clock_fake_set(-1, 0);
    assert_true(clock_wall_us() > 1700000000000000);
    int64_t t0 = clock_mono_ms();
    clock_sleep_ms(20);
    assert_true(clock_mono_ms() - t0 >= 20);
}

static void json_writer(void **state)
{
    BUF_AUTO b;
    struct jsonw w;

    (void)state;
    buf_init(&b, 4096);
    jsonw_init(&w, &b);
    jsonw_obj(&w);
    jsonw_kstr(&w, "s", "a\"\\\n\x01\xFF\xC3\xA4");
    jsonw_ki64(&w, "min", INT64_MIN);
    jsonw_kdouble(&w, "nan", (double)NAN);
    jsonw_kbool(&w, "t", true);
    jsonw_knull(&w, "n");
    jsonw_kstr(&w, "none", NULL);
    jsonw_kraw(&w, "raw", "{\"x\":1}");
    jsonw_kraw(&w, "raw0", NULL);
    jsonw_key(&w, "a");
    jsonw_arr(&w);
    jsonw_u64(&w, UINT64_MAX);
    jsonw_i64(&w, 0);
    jsonw_arr(&w);
    jsonw_arr_end(&w);
    jsonw_obj(&w);
    jsonw_obj_end(&w);
    jsonw_strn(&w, "a\0b", 3);
    jsonw_arr_end(&w);
    jsonw_obj_end(&w);
    assert_string_equal(b.p,
                        "{\"s\":\"a\\\"\\\\\\n\\u0001\xEF\xBF\xBD\xC3\xA4\",\"min\":-9223372036854775808,\"nan\":null,"
                        "\"t\":true,\"n\":null,\"none\":null,\"raw\":{\"x\":1},\"raw0\":null,"
                        "\"a\":[18446744073709551615,0,[],{},\"a\xEF\xBF\xBD"
                        "b\"]}");
}

/* Every character at every place of a word and its rest, read back by another's reader. */
static void json_strings(void **state)
{
    (void)state;
    for (int c = 1; c < 128; c++) {
        for (size_t at = 0; at < 19; at++) {
            char text[20] = "aaaaaaaaaaaaaaaaaaa";
            struct jsonw w;
            BUF_AUTO b;
            text[at] = (char)c;
            buf_init(&b, 64 + 6);
            jsonw_init(&w, &b);
            jsonw_str(&w, text);
            json_t *back = json_loads(b.p, JSON_DECODE_ANY, NULL);
            assert_string_equal(json_string_value(back), text);
            json_decref(back);
        }
    }
    BUF_AUTO small;
    struct jsonw w;
    buf_init(&small, 5);
    jsonw_init(&w, &small);
    jsonw_str(&w, "abc");
    assert_string_equal(small.p, "\"abc\"");
    jsonw_str(&w, "");
    assert_false(buf_ok(&small));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),    cmocka_unit_test(doubles),       cmocka_unit_test(byte_sizes),
        cmocka_unit_test(utf8),        cmocka_unit_test(small_strings), cmocka_unit_test(doubles_round_trip),
        cmocka_unit_test(ids),         cmocka_unit_test(codings),       cmocka_unit_test(times),
        cmocka_unit_test(json_writer), cmocka_unit_test(json_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
