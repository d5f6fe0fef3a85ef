/* The run's state machine: every row, every way round it, and its page in docs/.
 *
 * With "--write FILE" it writes the page instead (make docs).
 */
#include "../../portal/model/run_state.h"

#include "../../portal/core/file.h"
#include "../../portal/core/id.h"
#include "../../portal/core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAGE "docs/run-states.md"

/* Applies an event of the current attempt; intent of the next one. */
static enum status feed(struct run_fold *f, enum run_kind kind)
{
    struct run_event ev = {
        .kind = kind, .attempt = kind == RK_INTENT ? f->attempt + 1 : f->attempt, .at_us = 1000, .site_job_id = "42"
    };

    return run_update(f, &ev, f, NULL);
}

static void walk(struct run_fold *f, const enum run_kind *kinds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(feed(f, kinds[i]), ST_OK);
}
#define WALK(f, ...)                                                                                                   \
    walk((f), (const enum run_kind[]){ __VA_ARGS__ },                                                                  \
         sizeof((const enum run_kind[]){ __VA_ARGS__ }) / sizeof(enum run_kind))

static void straight_to_success(void **state)
{
    struct run_fold f = { .state = RS_NEW };

    (void)state;
    WALK(&f, RK_SUBMIT);
    assert_int_equal(f.state, RS_QUEUED);
    WALK(&f, RK_INTENT);
    assert_int_equal(f.state, RS_SUBMITTING);
    assert_int_equal(f.attempt, 1);
    WALK(&f, RK_SUBMITTED);
    assert_string_equal(f.site_job_id, "42");
    WALK(&f, RK_PENDING, RK_STARTED, RK_PROGRESS, RK_LEFT);
    assert_int_equal(f.state, RS_COLLECTING);
    assert_int_equal(f.started_at_us, 1000);
    WALK(&f, RK_FINISHED);
    assert_true(run_state_ended(f.state));
    assert_int_equal(f.ended_at_us, 1000);
}

static void continuation_raises_attempt_at_intent(void **state)
{
    struct run_fold f = { .state = RS_NEW };

    (void)state;
    WALK(&f, RK_SUBMIT, RK_INTENT, RK_SUBMITTED, RK_STARTED, RK_LEFT, RK_CONTINUED);
    assert_int_equal(f.state, RS_QUEUED);
    assert_int_equal(f.attempt, 1);
    assert_string_equal(f.site_job_id, "");
    WALK(&f, RK_INTENT);
    assert_int_equal(f.attempt, 2);
    struct run_event late = { .kind = RK_FINISHED, .attempt = 1 }, dup = { .kind = RK_DUPLICATE, .attempt = 1 };
    struct run_fold before = f;
    assert_int_equal(run_update(&f, &late, &f, NULL), ST_CONFLICT);
    assert_memory_equal(&before, &f, sizeof f);
    assert_int_equal(run_update(&f, &dup, &f, NULL), ST_OK);
    assert_memory_equal(&before, &f, sizeof f);
    struct run_event skip = { .kind = RK_DUPLICATE, .attempt = 3 };
    assert_int_equal(run_update(&f, &skip, &f, NULL), ST_CONFLICT);
}

static void hold_before_and_after_submission(void **state)
{
    struct run_fold f = { .state = RS_NEW };

    (void)state;
    WALK(&f, RK_SUBMIT, RK_HOLD_REQUEST);
    assert_int_equal(f.state, RS_HELD);
    assert_int_equal(feed(&f, RK_RELEASED), ST_CONFLICT); /* no job that the site could release */
    assert_int_equal(feed(&f, RK_STARTED), ST_CONFLICT);
    WALK(&f, RK_RELEASE_REQUEST);
    assert_int_equal(f.state, RS_QUEUED);
    WALK(&f, RK_INTENT, RK_HOLD_REQUEST, RK_SUBMITTED);
    assert_true(f.hold_requested && f.state == RS_PENDING); /* the worker has to hold it now */
    WALK(&f, RK_HELD);
    assert_int_equal(f.state, RS_HELD);
    WALK(&f, RK_RELEASE_REQUEST);
    assert_int_equal(f.state, RS_HELD); /* until the site did it */
    assert_false(f.hold_requested);
    WALK(&f, RK_RELEASED);
    assert_int_equal(f.state, RS_PENDING);
    WALK(&f, RK_HOLD_REQUEST, RK_STARTED); /* it started before the hold arrived */
    assert_false(f.hold_requested);
}

static void cancel_at_any_point(void **state)
{
    static const enum run_kind path[] = { RK_SUBMIT, RK_INTENT, RK_SUBMITTED, RK_STARTED, RK_LEFT };

    (void)state;
    for (size_t n = 1; n <= sizeof path / sizeof *path; n++) {
        struct run_fold f = { .state = RS_NEW };
        walk(&f, path, n);
        enum run_state before = f.state;
        assert_int_equal(run_request_check(&f, RK_CANCEL_REQUEST, NULL), ST_OK);
        WALK(&f, RK_CANCEL_REQUEST);
        assert_true(f.cancel_requested);
        assert_int_equal(f.state, before);
        WALK(&f, RK_CANCEL_REQUEST, RK_CANCELLED); /* twice is fine */
        assert_int_equal(f.state, RS_CANCELLED);
        WALK(&f, RK_CANCEL_REQUEST); /* lost the race: recorded, changes nothing */
        struct err e;
        assert_int_equal(run_request_check(&f, RK_CANCEL_REQUEST, &e), ST_CONFLICT);
        assert_string_equal(e.text, "the run has ended");
    }
}

static void requeue_after_the_end(void **state)
{
    struct run_fold f = { .state = RS_NEW };
    struct err e;

    (void)state;
    WALK(&f, RK_SUBMIT, RK_INTENT, RK_SUBMITTED, RK_STARTED);
    assert_int_equal(run_request_check(&f, RK_REQUEUE_REQUEST, &e), ST_CONFLICT);
    assert_string_not_equal(e.hint, "");
    WALK(&f, RK_CANCEL_REQUEST, RK_LEFT, RK_CANCELLED, RK_REQUEUE_REQUEST);
    assert_int_equal(f.state, RS_QUEUED);
    assert_false(f.cancel_requested);
    assert_int_equal(f.started_at_us, 0);
    assert_int_equal(f.ended_at_us, 0);
    WALK(&f, RK_INTENT);
    assert_int_equal(f.attempt, 2);
    WALK(&f, RK_REJECTED);
    assert_int_equal(f.state, RS_FAILED);
    WALK(&f, RK_REQUEUE_REQUEST, RK_INTENT, RK_ADOPTED, RK_LEFT, RK_FINISHED);
    assert_int_equal(run_request_check(&f, RK_REQUEUE_REQUEST, &e), ST_CONFLICT);
    WALK(&f, RK_REQUEUE_REQUEST);
    assert_int_equal(f.state, RS_FINISHED);
}

static void unknown_is_beside_the_state(void **state)
{
    struct run_fold f = { .state = RS_NEW };
    struct run_event ev = { .kind = RK_UNKNOWN, .attempt = 1, .at_us = 7 };

    (void)state;
    WALK(&f, RK_SUBMIT, RK_INTENT, RK_SUBMITTED, RK_STARTED);
    assert_int_equal(run_update(&f, &ev, &f, NULL), ST_OK);
    ev.at_us = 8;
    assert_int_equal(run_update(&f, &ev, &f, NULL), ST_OK);
    assert_int_equal(f.state, RS_RUNNING);
    assert_int_equal(f.unknown_since_us, 7); /* since the first time */
    WALK(&f, RK_CANCEL_REQUEST);
    assert_int_equal(f.unknown_since_us, 7); /* people know nothing about the site */
    WALK(&f, RK_KNOWN);
    assert_int_equal(f.unknown_since_us, 0);
    (void)run_update(&f, &ev, &f, NULL);
    WALK(&f, RK_LEFT); /* an answer clears it as well */
    assert_int_equal(f.unknown_since_us, 0);
}

static void job_ids_are_checked(void **state)
{
    char big[100];
    struct run_fold f = { .state = RS_NEW };
    struct run_event ev = { .kind = RK_SUBMITTED, .attempt = 1, .site_job_id = NULL };

    (void)state;
    memset(big, '1', sizeof big);
    big[sizeof big - 1] = '\0';
    WALK(&f, RK_SUBMIT, RK_INTENT);
    assert_int_equal(run_update(&f, &ev, &f, NULL), ST_INVALID);
    ev.site_job_id = "";
    assert_int_equal(run_update(&f, &ev, &f, NULL), ST_INVALID);
    ev.site_job_id = big;
    assert_int_equal(run_update(&f, &ev, &f, NULL), ST_INVALID);
    assert_int_equal(f.state, RS_SUBMITTING);
}

/* From every reachable fold, every event: what is reached, and what must never happen. */
static void explore(const struct run_fold *f, bool seen[RS_COUNT][2][2][2], unsigned *used)
{
    bool *mark = &seen[f->state][f->site_job_id[0] != 0][f->cancel_requested][f->hold_requested];

    if (*mark)
        return;
    *mark = true;
    for (int k = 0; k < RK_COUNT; k++) {
        struct run_fold next = *f;
        enum run_kind kind = (enum run_kind)k;
        enum status st = feed(&next, kind);
        if (run_kind_writer(kind) == RUN_BY_WEB && kind != RK_SUBMIT && f->state != RS_NEW)
            assert_int_equal(st, ST_OK); /* a wish never breaks the fold */
        if (run_request_check(f, kind, NULL) == ST_OK)
            assert_int_equal(run_kind_writer(kind), RUN_BY_WEB);
        if (st != ST_OK) {
            assert_memory_equal(&next, f, sizeof next);
            continue;
        }
        (*used)++;
        if (run_state_ended(f->state) && next.state != f->state)
            assert_int_equal(kind, RK_REQUEUE_REQUEST); /* nothing else leaves the end */
        if (next.state == RS_FINISHED && f->state != RS_FINISHED)
            assert_true(kind == RK_FINISHED && f->state == RS_COLLECTING);
        if (next.state == RS_QUEUED)
            assert_string_equal(next.site_job_id, "");
        assert_true(next.state != RS_NEW);
        next.attempt = next.attempt > 1 ? 1 : next.attempt; /* keeps the walk finite */
        explore(&next, seen, used);
    }
}

static void every_state_reachable(void **state)
{
    bool seen[RS_COUNT][2][2][2] = { { { { false } } } };
    unsigned used = 0;
    struct run_fold f = { .state = RS_NEW };

    (void)state;
    explore(&f, seen, &used);
    for (int s = 0; s < RS_COUNT; s++) {
        bool any = false;
        for (int i = 0; i < 8; i++)
            any = any || seen[s][i & 1][i >> 1 & 1][i >> 2];
        assert_true(any);
    }
    assert_true(used > 200);
}

/* Every row of the table is used by its own event, and no two rows contradict each other. */
static void every_row_covered(void **state)
{
    enum { ANY, NO_JOB, WITH_JOB };
    enum { STEP, NOTE, LATE };
    static const struct {
        enum run_state from;
        enum run_kind kind;
        int guard;
        enum run_state to;
        int mode;
    } rows[] = {
#define RUN_STEP(from, kind, guard, to, mode, why) { RS_##from, RK_##kind, guard, RS_##to, mode },
#include "../../portal/model/run_state.def"
    };
    enum { N = sizeof rows / sizeof *rows };

    (void)state;
    for (size_t i = 0; i < N; i++) {
        struct run_fold f = { .state = rows[i].from, .attempt = rows[i].from == RS_NEW ? 0 : 1 }, before;
        if (rows[i].guard == WITH_JOB)
            (void)snprintf(f.site_job_id, sizeof f.site_job_id, "42");
        before = f;
        assert_int_equal(feed(&f, rows[i].kind), ST_OK);
        assert_int_equal(f.state, rows[i].to);
        if (rows[i].mode != STEP)
            assert_memory_equal(&before, &f, sizeof f);
        enum status asked = run_request_check(&before, rows[i].kind, NULL);
        bool people = run_kind_writer(rows[i].kind) == RUN_BY_WEB;
        assert_int_equal(asked, people && rows[i].mode != LATE ? ST_OK : ST_CONFLICT);
        for (size_t k = 0; k < i; k++)
            assert_false(rows[k].from == rows[i].from && rows[k].kind == rows[i].kind &&
                         (rows[k].guard == rows[i].guard || rows[k].guard == ANY || rows[i].guard == ANY));
    }
    /* and what has no row is refused */
    for (int s = 0; s < RS_COUNT; s++) {
        for (int k = 0; k < RK_COUNT; k++) {
            struct run_fold f = { .state = (enum run_state)s, .attempt = 1, .site_job_id = "42" };
            bool row = false;
            for (size_t i = 0; i < N; i++)
                row = row || ((int)rows[i].from == s && (int)rows[i].kind == k && rows[i].guard != NO_JOB);
            assert_int_equal(feed(&f, (enum run_kind)k) == ST_OK, row);
        }
    }
}

static void names_both_ways(void **state)
{
    enum run_state s;
    enum run_kind k;

    (void)state;
    for (int i = 1; i < RS_COUNT; i++)
        assert_true(run_state_parse(run_state_name((enum run_state)i), &s) && (int)s == i);
    for (int i = 0; i < RK_COUNT; i++)
        assert_true(run_kind_parse(run_kind_name((enum run_kind)i), &k) && (int)k == i);
    assert_false(run_state_parse("new", &s) || run_state_parse("", &s) || run_state_parse("Queued", &s));
    assert_false(run_kind_parse("nothing", &k));
}

/* The database must know the same states and let the portal write the same kinds. */
static void database_says_the_same(void **state)
{
    BUF_AUTO schema, grants;
    char quoted[64];

    (void)state;
    assert_int_equal(file_read("migrations/0001-init.sql", 1 << 20, &schema, NULL), ST_OK);
    assert_int_equal(file_read("migrations/9999-grants.sql", 1 << 20, &grants, NULL), ST_OK);
    const char *check = strstr(schema.p, "CHECK (state IN ('queued'");
    assert_non_null(check);
    size_t n = strcspn(check, "\n");
    size_t names = 0;
    for (size_t i = 0; i < n; i++)
        names += check[i] == '\'';
    assert_int_equal(names, 2 * (RS_COUNT - 1));
    for (int i = 1; i < RS_COUNT; i++) {
        (void)snprintf(quoted, sizeof quoted, "'%s'", run_state_name((enum run_state)i));
        const char *at = strstr(check, quoted);
        assert_true(at && at < check + n);
    }
    const char *policy = strstr(grants.p, "CREATE POLICY web_asks");
    assert_non_null(policy);
    n = strcspn(policy, ";");
    for (int i = 0; i < RK_COUNT; i++) {
        (void)snprintf(quoted, sizeof quoted, "'%s'", run_kind_name((enum run_kind)i));
        const char *at = strstr(policy, quoted);
        assert_int_equal(at && at < policy + n, run_kind_writer((enum run_kind)i) == RUN_BY_WEB);
    }
}

static void page_is_current(void **state)
{
    BUF_AUTO page, file;

    (void)state;
    buf_init(&page, 1 << 20);
    run_state_document(&page);
    assert_int_equal(file_read(PAGE, 1 << 20, &file, NULL), ST_OK);
    if (!str_eq(page.p, file.p))
        fail_msg(PAGE " is not what portal/model/run_state.def says: run make docs");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(straight_to_success),
        cmocka_unit_test(continuation_raises_attempt_at_intent),
        cmocka_unit_test(hold_before_and_after_submission),
        cmocka_unit_test(cancel_at_any_point),
        cmocka_unit_test(requeue_after_the_end),
        cmocka_unit_test(unknown_is_beside_the_state),
        cmocka_unit_test(job_ids_are_checked),
        cmocka_unit_test(every_state_reachable),
        cmocka_unit_test(every_row_covered),
        cmocka_unit_test(names_both_ways),
        cmocka_unit_test(database_says_the_same),
        cmocka_unit_test(page_is_current),
    };

    if (argc == 3 && str_eq(argv[1], "--write")) {
        BUF_AUTO page;
        buf_init(&page, 1 << 20);
        run_state_document(&page);
        return file_write_atomic(argv[2], page.p, page.len, 0644, NULL) == ST_OK ? 0 : 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
