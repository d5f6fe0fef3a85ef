/* Arena, buffer, errors: the ground everything stands on. */
#include "../../portal/core/arena.h"
#include "../../portal/core/buf.h"
#include "../../portal/core/err.h"
#include "../../portal/core/str.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void arena_limits(void **state)
{
    struct arena *a = arena_new(1000);

    (void)state;
    assert_non_null(arena_alloc(a, 600));
    assert_null(arena_alloc(a, 401));
    assert_null(arena_alloc(a, SIZE_MAX));
    assert_null(arena_alloc(a, SIZE_MAX - 8));
    assert_non_null(arena_alloc(a, 400));
    assert_int_equal(arena_used(a), 1000);
    assert_null(arena_strdup(a, "x"));
    assert_null(arena_strdup(a, NULL));
    arena_free(a);
    arena_free(NULL);
}

static void arena_zeroed_and_aligned(void **state)
{
    struct arena *a = arena_new(64 << 20);
    static const size_t sizes[] = { 1, 15, 16, 17, 4095, 4096, 4097, 65536, 65537, 300000, 1 << 20, 3 };

    (void)state;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *p = arena_alloc(a, sizes[i]);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(p[k], 0);
            memset(p, 0xAB, sizes[i]); /* a later overlap would show as non-zero */
        }
    }
    assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
    assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
    arena_free(a);
}

static int g_order[3], g_calls;
static void note(void *p)
{
    g_order[g_calls++] = *(int *)p;
}

static void arena_deferred_in_reverse(void **state)
{
    static int one = 1, two = 2, three = 3;
    struct arena *a = arena_new(1); /* too small for anything: deferring works all the same */

    (void)state;
    g_calls = 0;
    arena_defer(a, note, &one);
    arena_defer(a, note, &two);
    arena_defer(a, note, &three);
    arena_free(a);
    assert_int_equal(g_calls, 3);
    assert_int_equal(g_order[0], 3);
    assert_int_equal(g_order[2], 1);
}

static void buf_fails_stickily(void **state)
{
    BUF_AUTO b;
    size_t n = 99;

    (void)state;
    buf_init(&b, 5);
    assert_string_equal(b.p, "");
    buf_adds(&b, "abc");
    buf_adds(&b, "def"); /* would be 6 */
    assert_false(buf_ok(&b));
    assert_string_equal(b.p, "abc");
    buf_addc(&b, 'x');
    assert_int_equal(b.len, 3);
    assert_null(buf_take(&b, &n));
    assert_int_equal(n, 0);
    assert_true(buf_ok(&b)); /* empty and usable again */
    buf_adds(&b, "abcde");
    assert_true(buf_ok(&b));
    buf_reset(&b);
    assert_int_equal(b.len, 0);
    assert_string_equal(b.p, "");
    buf_printf(&b, "%05d", 42);
    assert_string_equal(b.p, "00042");
    buf_printf(&b, "%s", "");
    assert_true(buf_ok(&b));
    buf_printf(&b, "!");
    assert_false(buf_ok(&b));
}

static void buf_take_gives_away(void **state)
{
    BUF_AUTO b;
    size_t n;

    (void)state;
    buf_init(&b, 1 << 20);
    char *empty = buf_take(&b, &n);
    assert_non_null(empty);
    assert_string_equal(empty, "");
    free(empty);
    for (int i = 0; i < 1000; i++)
        buf_add(&b, "0123456789", 10);
    char *p = buf_take(&b, &n);
    assert_int_equal(n, 10000);
    assert_int_equal(strlen(p), 10000);
    free(p);
    assert_int_equal(b.len, 0);
    buf_add(&b, NULL, 0);
    assert_true(buf_ok(&b));
    buf_free(NULL);
}

static void buf_zeroed_is_harmless(void **state)
{
    BUF_AUTO b = { 0 };

    (void)state;
    buf_adds(&b, "x"); /* max 0 */
    assert_false(buf_ok(&b));
    buf_reset(&b);
    assert_string_equal(b.p, "");
}

static void err_keeps_cause(void **state)
{
    struct err e = { .st = ST_OK };

    (void)state;
    assert_int_equal(err_field(&e, ST_INVALID, "too_long", "/name", "it has %d", 5), ST_INVALID);
    assert_string_equal(e.code, "too_long");
    assert_string_equal(e.field, "/name");
    assert_int_equal(err_hint(&e, "shorten it"), ST_INVALID);
    assert_int_equal(err_wrap(&e, "project %s", "x"), ST_INVALID);
    assert_string_equal(e.text, "project x: it has 5");
    assert_string_equal(e.hint, "shorten it");
    assert_int_equal(err_set(&e, ST_FATAL, "again: %s", e.text), ST_FATAL); /* may quote itself */
    assert_string_equal(e.text, "again: project x: it has 5");
    assert_string_equal(e.code, "internal");
    assert_string_equal(e.field, "");
    err_clear(&e);
    assert_int_equal(e.st, ST_OK);
    assert_string_equal(e.text, "");
}

static void err_without_place(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ST_QUOTA, "x"), ST_QUOTA);
    assert_int_equal(err_sys(NULL, ENOENT, "x"), ST_NOTFOUND);
    assert_int_equal(err_hint(NULL, "x"), ST_FATAL);
    assert_int_equal(err_wrap(NULL, "x"), ST_FATAL);
    err_clear(NULL);
}

/* "return err_wrap(…)" is how failures go up: an error nobody filled must not come out as success. */
static void err_is_never_ok(void **state)
{
    struct err e = { 0 };

    (void)state;
    assert_int_equal(err_wrap(&e, "x"), ST_FATAL);
    assert_int_equal(err_hint(&e, "x"), ST_FATAL);
    assert_int_equal(err_detail(&e, "x"), ST_FATAL);
    assert_int_equal(err_set(&e, ST_OK, "x"), ST_FATAL);
    assert_int_equal(e.st, ST_FATAL);
    assert_int_equal(err_field(NULL, ST_OK, NULL, NULL, "x"), ST_FATAL);
}

static void err_of_system(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(err_sys(&e, ENOSPC, "cannot write"), ST_QUOTA);
    assert_int_equal(e.sys, ENOSPC);
    assert_string_equal(e.text, "cannot write: No space left on device");
    assert_int_equal(err_sys(&e, EACCES, "x"), ST_DENIED);
    assert_int_equal(err_sys(&e, EIO, "x"), ST_FATAL);
}

static void err_cuts_at_characters(void **state)
{
    struct err e;
    char name[1000];

    (void)state;
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xC3\xA4", 3);
    for (int pad = 0; pad < 4; pad++) {
        (void)err_set(&e, ST_INVALID, "%.*s%s", pad, "...", name);
        assert_true(utf8_valid(e.text, strlen(e.text)));
        assert_true(strlen(e.text) >= sizeof e.text - 4);
        (void)err_wrap(&e, "x");
        assert_true(utf8_valid(e.text, strlen(e.text)));
    }
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i <= ST_FATAL; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(status_name((enum status)i), status_name((enum status)k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_limits),
        cmocka_unit_test(arena_zeroed_and_aligned),
        cmocka_unit_test(arena_deferred_in_reverse),
        cmocka_unit_test(buf_fails_stickily),
        cmocka_unit_test(buf_take_gives_away),
        cmocka_unit_test(buf_zeroed_is_harmless),
        cmocka_unit_test(err_keeps_cause),
        cmocka_unit_test(err_without_place),
        cmocka_unit_test(err_is_never_ok),
        cmocka_unit_test(err_of_system),
        cmocka_unit_test(err_cuts_at_characters),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
