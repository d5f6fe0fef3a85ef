/* A helper that dies with answers owed: no answer of its successor may be taken for one of its own. The helper is a
 * shell that speaks HELLO, takes one request and ends. */
#include "../../portal/core/clock.h"
#include "../../workers/site/helper_client.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Our HELLO has 34 bytes, an empty request 6; the shell's HELLO is written out. */
#define SCRIPT                                                                                                         \
    "head -c 34 >/dev/null; printf '\\0\\0\\0\\024\\0\\001i\\0\\0\\0\\0\\0\\0\\0\\002s\\0\\0\\0\\004fake'; "           \
    "head -c 6 >/dev/null"

static enum status request_send(struct helper *h)
{
    BUF_AUTO b = { 0 };
    buf_init(&b, 64);
    frame_begin(&b, 10);
    frame_finish(&b, 0);
    assert_int_equal(b.len, 6);
    return helper_send(h, &b, clock_mono_ms() + 5000, NULL);
}

static enum status answer_receive(struct helper *h)
{
    struct frame_reader r;
    return helper_receive(h, clock_mono_ms() + 5000, &r, NULL);
}

static void test_nothing_is_sent_while_answers_are_owed(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c", SCRIPT, NULL };
    const char *const envp[] = { "PATH=/usr/bin:/bin", NULL };
    struct helper *h = helper_new(argv, envp);
    assert_int_equal(request_send(h), ST_OK);
    clock_sleep_ms(500); /* it ends */
    assert_int_equal(request_send(h), ST_OK);
    assert_int_equal(request_send(h), ST_UNAVAIL);
    assert_int_equal(answer_receive(h), ST_UNAVAIL);
    assert_int_equal(request_send(h), ST_UNAVAIL);
    assert_int_equal(answer_receive(h), ST_UNAVAIL);
    /* Nothing is owed any more: a new one is started. */
    assert_int_equal(request_send(h), ST_OK);
    assert_int_equal(answer_receive(h), ST_UNAVAIL);
    helper_free(h);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_nothing_is_sent_while_answers_are_owed) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
