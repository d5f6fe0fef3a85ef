/* Words and comparisons of the run endpoints: every state and event kind has a sentence, reasons of the scheduler are
 * put into words or passed on, durations and versions read as people read them. */
#include "../../portal/api/avail.h"
#include "../../portal/api/run.h"
#include "../../portal/core/str.h"
#include "../../portal/model/run_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_states_and_kinds(void **state)
{
    (void)state;
    for (int s = 0; s < RS_COUNT; s++) {
        const char *name = run_state_name((enum run_state)s);

        if (str_eq(name, "new"))
            continue; /* never stored */
        assert_string_not_equal(run_state_text(name), name);
    }
    for (int k = 0; k < RK_COUNT; k++) {
        const char *name = run_kind_name((enum run_kind)k);

        assert_string_not_equal(run_event_text(name), name);
    }
    assert_string_equal(run_event_text("brand_new"), "brand_new");
}

static void test_reasons(void **state)
{
    const char *hint;
    char text[256];

    (void)state;
    run_reason_text("Resources", text, sizeof text, &hint);
    assert_non_null(strstr(text, "next in the queue"));
    run_reason_text("BadConstraints", text, sizeof text, &hint);
    assert_non_null(strstr(hint, "cancel it"));
    run_reason_text("QOSMaxGRESPerUser", text, sizeof text, &hint);
    assert_non_null(strstr(text, "GPUs"));
    run_reason_text("AssocGrpCPUMinutesLimit", text, sizeof text, &hint);
    assert_non_null(strstr(text, "CPUs"));
    run_reason_text("AssocMaxJobsLimit", text, sizeof text, &hint);
    assert_non_null(strstr(text, "running jobs"));
    run_reason_text("SomethingNew", text, sizeof text, &hint);
    assert_non_null(strstr(text, "\"SomethingNew\""));
    assert_string_equal(hint, "");
    run_reason_text("Held by the folder worker.", text, sizeof text, &hint);
    assert_string_equal(text, "Held by the folder worker.");
}

static void test_durations(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } rows[] = {
        { 0, "0 s" },
        { 59.4, "59 s" },
        { 59.6, "1 min 0 s" },
        { 3599, "59 min 59 s" },
        { 31200, "8 h 40 min" },
        { 172800, "2 days 0 h" },
        { -5, "0 s" },
        { 1e300, "11574074 days 1 h" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];

        run_duration_text(rows[i].seconds, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
}

static void test_start_estimate(void **state)
{
    const int64_t now = 1795182300ll * 1000000; /* 2026-11-20 13:45 UTC */
    static const struct {
        int64_t in_s;
        const char *text;
    } rows[] = {
        { 35 * 60, "The scheduler expects it to start about 14:20 UTC (in 35 minutes)." },
        { 60, "The scheduler expects it to start about 13:46 UTC (in 1 minute)." },
        { 60 * 60, "The scheduler expects it to start about 14:45 UTC (in 1 h 0 min)." },
        { 26 * 3600, "The scheduler expects it to start about 2026-11-21 15:45 UTC (in 26 h 0 min)." },
        { 20, "The scheduler expects it to start at any moment." },
        { -60, "The scheduler expects it to start at any moment." },
        { -3600, "" },
    };
    char text[160];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_start_text(now + rows[i].in_s * 1000000, now, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
    run_start_text(0, now, text, sizeof text);
    assert_string_equal(text, "");
}

static void test_versions(void **state)
{
    static const char *const rising[] = { "1", "1.0", "1.2", "1.10", "2021", "2022.5", "2022.10", "2022.10a", "2023" };

    (void)state;
    for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++)
        for (size_t k = 0; k < sizeof rising / sizeof rising[0]; k++) {
            int c = version_compare(rising[i], rising[k]);

            assert_true(i < k ? c < 0 : i > k ? c > 0 : c == 0);
        }
    assert_int_equal(version_compare("007", "7"), 0);
    assert_true(version_compare("99999999999999999999999998", "99999999999999999999999999") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states_and_kinds), cmocka_unit_test(test_reasons),  cmocka_unit_test(test_durations),
        cmocka_unit_test(test_start_estimate),   cmocka_unit_test(test_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
