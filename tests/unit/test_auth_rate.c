/* The request limit of one person, on a frozen clock: a burst of ten seconds' worth, then an even refill, each person
 * alone, and many people at once do not forget the busy one.
 */
#include "../../portal/auth/auth_int.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static int64_t now_ms = 1000000;

static void tick(int64_t ms)
{
    now_ms += ms;
    clock_fake_set(0, now_ms);
}

static int frozen(void **state)
{
    (void)state;
    char text[][32] = { "test", "--set", "rate_per_minute=600" };
    char *argv[] = { text[0], text[1], text[2], NULL };
    int argc = 3;
    tick(0);
    return conf_load(&argc, argv, NULL) == ST_OK ? 0 : -1;
}

static int allowed(const char *who, int tries)
{
    int n = 0;
    for (int i = 0; i < tries; i++)
        n += rate_take(who, NULL) == ST_OK;
    return n;
}

static void burst_then_even(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_int_equal(allowed("usr_a", 150), 100); /* 600 a minute: 100 in ten seconds */
    assert_int_equal(rate_take("usr_a", &err), ST_THROTTLED);
    assert_string_equal(err.code, "rate_limit");
    tick(1000);
    assert_int_equal(allowed("usr_a", 150), 10);
    tick(3600000);
    assert_int_equal(allowed("usr_a", 150), 100); /* never saves up more */
}

static void each_alone(void **state)
{
    (void)state;
    tick(60000);
    assert_int_equal(allowed("usr_b", 150), 100);
    assert_int_equal(allowed("usr_c", 150), 100);
}

static void the_busy_one_is_remembered(void **state)
{
    (void)state;
    tick(60000);
    assert_int_equal(allowed("usr_busy", 150), 100);
    int more = 0;
    for (int i = 0; i < 200; i++) {
        char other[32];
        tick(1);
        (void)str_fmt(other, sizeof other, "usr_%d", i);
        assert_int_equal(rate_take(other, NULL), ST_OK);
        more += allowed("usr_busy", 1);
    }
    assert_in_range(more, 1, 2); /* 200 ms refill two */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_then_even),
        cmocka_unit_test(each_alone),
        cmocka_unit_test(the_busy_one_is_remembered),
    };
    return cmocka_run_group_tests_name("auth rate", tests, frozen, NULL);
}
