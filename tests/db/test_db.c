/* The database layer against a real server: values both ways, errors by SQLSTATE, the transaction runner under real
 * conflicts, connections and listeners over a restart of the server.
 *
 * Needs a fresh migrated database (tests/db/programs.sh): ATHANOR_VAR, TEST_PG.
 */
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/id.h"
#include "../../portal/core/str.h"
#include "../../portal/db/db.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct db *db;

static void control(const char *verb, const char *sql)
{
    char command[1024];
    assert_true(str_fmt(command, sizeof command, "%s %s \"%s\" >&2", getenv("TEST_PG"), verb, sql ? sql : ""));
    assert_int_equal(system(command), 0);
}

static void account_make(const char *id, const char *login)
{
    struct err err = { 0 };
    enum status st = db_run(db, SQL_ACCOUNT_CREATE, NULL, &err, P_TEXT(id), P_TEXT(login), P_TEXT("Name"), P_NULL,
                            P_TEXT("user"), P_TEXT("$hash"), P_I64(100));
    if (st)
        fail_msg("%s (%s)", err.text, err.detail);
}

static int64_t limit_of(struct db *d, const char *id)
{
    ROWS_AUTO r = NULL;
    assert_int_equal(db_run(d, SQL_ACCOUNT_GET, &r, NULL, P_TEXT(id)), ST_OK);
    assert_int_equal(db_count(r), 1);
    return db_i64(r, 0, 8);
}

static int open_all(void **state)
{
    (void)state;
    int argc = 1;
    char name[] = "test_db", *argv[] = { name, NULL };
    struct err err = { 0 };
    if (conf_load(&argc, argv, &err) || db_open(DB_WEB, "test", &db, &err)) {
        print_error("%s (%s)\n", err.text, err.detail);
        return -1;
    }
    account_make("usr_a", "ada");
    account_make("usr_b", "bob");
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

/* --- values and errors -------------------------------------------------------------------------------------- */

static void values_both_ways(void **state)
{
    (void)state;
    unsigned char hash[32], got[32], odd[16];
    struct err err = { 0 };
    ROWS_AUTO r = NULL;
    memset(hash, 0, sizeof hash);
    hash[1] = 0xff;
    hash[31] = '\'';
    assert_int_equal(db_run(db, SQL_AUTH_IDEMPOTENCY_BEGIN, NULL, &err, P_TEXT("usr_a"), P_TEXT("key-12345"),
                            P_TEXT("r'; DROP TABLE run; --"), P_BYTES(hash, sizeof hash)),
                     ST_OK);
    assert_int_equal(db_run(db, SQL_AUTH_IDEMPOTENCY_GET, &r, &err, P_TEXT("usr_a"), P_TEXT("key-12345")), ST_OK);
    assert_int_equal(db_count(r), 1);
    assert_string_equal(db_text(r, 0, 0), "r'; DROP TABLE run; --");
    assert_true(db_bytes(r, 0, 1, got, sizeof got));
    assert_memory_equal(got, hash, sizeof hash);
    assert_false(db_bytes(r, 0, 1, odd, sizeof odd));
    assert_true(db_null(r, 0, 2));
    assert_null(db_text(r, 0, 3));
    assert_int_equal(db_i64(r, 0, 2), 0);
}

static void errors_by_sqlstate(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_int_equal(db_run(db, SQL_ACCOUNT_CREATE, NULL, &err, P_TEXT("usr_c"), P_TEXT("ada"), P_TEXT("N"), P_NULL,
                            P_TEXT("user"), P_NULL, P_I64(1)),
                     ST_CONFLICT);
    assert_string_equal(err.sqlstate, "23505");
    assert_string_equal(err.code, "already_exists");
    assert_null(strstr(err.text, "account"));                 /* nothing of the schema reaches people ... */
    assert_non_null(strstr(err.detail, "account_login_key")); /* ... the log has it */
    assert_int_equal(db_run(db, SQL_ACCOUNT_CREATE, NULL, &err, P_TEXT("usr_c"), P_TEXT("No Login"), P_TEXT("N"),
                            P_NULL, P_TEXT("user"), P_NULL, P_I64(1)),
                     ST_INVALID);
    assert_int_equal(db_run(db, SQL_AUTH_TOKEN_CREATE, NULL, &err, P_TEXT("tok_1"), P_TEXT("usr_zz"), P_TEXT("n"),
                            P_BYTES("x", 1), P_TEXT("{}"), P_NULL, P_I64(1)),
                     ST_NOTFOUND);
    assert_int_equal(db_run(db, SQL_ACCOUNT_GET, NULL, &err, P_TEXT("\xff")), ST_INVALID);         /* not UTF-8 */
    assert_int_equal(db_run(db, SQL_ACCOUNT_GET, NULL, &err, P_TEXT("a"), P_TEXT("b")), ST_FATAL); /* one too many */
    assert_int_equal(limit_of(db, "usr_a"), 100); /* the connection is as good as before */
}

/* --- transactions ------------------------------------------------------------------------------------------- */

struct swap {
    const char *first, *second;
    pthread_barrier_t *both;
    int runs;
    enum status st;
    enum db_level level;
};

static enum status quota_set(struct db *d, const char *id, int64_t bytes, struct err *err)
{
    return db_run(d, SQL_ACCOUNT_QUOTA, NULL, err, P_TEXT(id), P_I64(bytes));
}

/* Reads one row, writes the other: two of these cannot both have been alone. */
static enum status skew_tx(struct db *d, void *ctx, struct err *err)
{
    struct swap *s = ctx;
    ROWS_AUTO r = NULL;
    enum status st = db_run(d, SQL_ACCOUNT_GET, &r, err, P_TEXT(s->first));
    if (st)
        return st;
    int64_t seen = db_i64(r, 0, 8);
    if (s->runs++ == 0)
        (void)pthread_barrier_wait(s->both);
    return quota_set(d, s->second, seen + 1, err);
}

/* Locks one row, then the other, in opposite orders. */
static enum status deadlock_tx(struct db *d, void *ctx, struct err *err)
{
    struct swap *s = ctx;
    enum status st = quota_set(d, s->first, 7, err);
    if (st)
        return st;
    if (s->runs++ == 0)
        (void)pthread_barrier_wait(s->both);
    return quota_set(d, s->second, 7, err);
}

static void *swap_thread(void *arg)
{
    struct swap *s = arg;
    struct db *mine = NULL;
    struct err err = { 0 };
    s->st = db_open(DB_WEB, "test-swap", &mine, &err);
    if (s->st == ST_OK)
        s->st = db_tx(mine, s->level, s->level == DB_SERIALIZABLE ? skew_tx : deadlock_tx, s, &err);
    db_close(mine);
    return NULL;
}

static int swap_both(enum db_level level)
{
    pthread_barrier_t both;
    pthread_t t[2];
    struct swap s[2] = { { .first = "usr_a", .second = "usr_b", .both = &both, .level = level },
                         { .first = "usr_b", .second = "usr_a", .both = &both, .level = level } };
    (void)pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&t[i], NULL, swap_thread, &s[i]), 0);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(t[i], NULL);
    (void)pthread_barrier_destroy(&both);
    assert_int_equal(s[0].st, ST_OK);
    assert_int_equal(s[1].st, ST_OK);
    return s[0].runs + s[1].runs;
}

static void serialisation_failures_repeat(void **state)
{
    (void)state;
    assert_int_equal(quota_set(db, "usr_a", 10, NULL), ST_OK);
    assert_int_equal(quota_set(db, "usr_b", 20, NULL), ST_OK);
    assert_true(swap_both(DB_SERIALIZABLE) > 2); /* at least one was repeated */
    int64_t a = limit_of(db, "usr_a"), b = limit_of(db, "usr_b");
    assert_true((b == 11 && a == 12) || (a == 21 && b == 22)); /* as if one after the other */
}

static void deadlocks_repeat(void **state)
{
    (void)state;
    assert_true(swap_both(DB_READ_COMMITTED) > 2);
    assert_int_equal(limit_of(db, "usr_a"), 7);
}

static enum status failing_tx(struct db *d, void *ctx, struct err *err)
{
    (void)ctx;
    enum status st = quota_set(d, "usr_a", 999, err);
    return st ? st : err_field(err, ST_CONFLICT, "no", NULL, "No.");
}

static enum status swallowing_tx(struct db *d, void *ctx, struct err *err)
{
    (void)ctx;
    enum status st = quota_set(d, "usr_a", 999, err);
    (void)quota_set(d, "usr_b", -1, NULL); /* breaks a check, and nobody looks */
    return st;
}

static void nothing_is_half_done(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_int_equal(db_tx(db, DB_READ_COMMITTED, failing_tx, NULL, &err), ST_CONFLICT);
    assert_string_equal(err.code, "no");
    assert_int_equal(limit_of(db, "usr_a"), 7);
    assert_int_equal(db_tx(db, DB_READ_COMMITTED, swallowing_tx, NULL, &err), ST_FATAL);
    assert_int_equal(limit_of(db, "usr_a"), 7);
}

/* --- restarts ----------------------------------------------------------------------------------------------- */

static enum status restart_tx(struct db *d, void *ctx, struct err *err)
{
    (void)ctx;
    enum status st = quota_set(d, "usr_a", 55, err);
    if (st)
        return st;
    control("stop", NULL);
    control("start", NULL);
    return quota_set(d, "usr_b", 55, err);
}

static void connection_comes_back(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_int_equal(db_tx(db, DB_READ_COMMITTED, restart_tx, NULL, &err), ST_UNAVAIL);
    assert_int_equal(limit_of(db, "usr_a"), 7); /* reconnected, prepared again, nothing half done */

    control("stop", NULL);
    assert_int_equal(db_run(db, SQL_ACCOUNT_GET, NULL, &err, P_TEXT("usr_a")), ST_UNAVAIL);
    int64_t before = clock_mono_ms();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(db_run(db, SQL_ACCOUNT_GET, NULL, &err, P_TEXT("usr_a")), ST_UNAVAIL);
    assert_true(clock_mono_ms() - before < 2000); /* fails at once, does not queue up */
    control("start", NULL);
    int64_t until = clock_mono_ms() + 10000;
    while (db_run(db, SQL_ACCOUNT_GET, NULL, &err, P_TEXT("usr_a")) != ST_OK && clock_mono_ms() < until)
        clock_sleep_ms(20);
    assert_int_equal(limit_of(db, "usr_a"), 7);

    /* A rested connection notices a restart by itself: no request is lost to it. */
    clock_sleep_ms(1200);
    control("stop", NULL);
    control("start", NULL);
    assert_int_equal(db_run(db, SQL_ACCOUNT_GET, NULL, &err, P_TEXT("usr_a")), ST_OK);
}

static enum status wait_for(struct db_listen *l, int64_t ms, char payload[256], struct err *err)
{
    char channel[64];
    return db_listen_wait(l, ms, channel, payload, err);
}

static void listener_survives_a_restart(void **state)
{
    (void)state;
    static const char *const CHANNELS[] = { "work", "run_event" };
    struct db_listen *l = NULL;
    struct err err = { 0 };
    char payload[256], channel[64];
    assert_int_equal(db_listen_open(DB_WORKER, "test-listen", CHANNELS, 2, &l, &err), ST_OK);
    assert_int_equal(wait_for(l, 50, payload, &err), ST_NOTFOUND);
    control("sql", "NOTIFY run_event, '42'");
    assert_int_equal(db_listen_wait(l, 5000, channel, payload, &err), ST_OK);
    assert_string_equal(channel, "run_event");
    assert_string_equal(payload, "42");

    control("stop", NULL);
    assert_int_equal(wait_for(l, 5000, payload, &err), ST_UNAVAIL);
    assert_int_equal(wait_for(l, 200, payload, &err), ST_UNAVAIL); /* nobody there */
    control("start", NULL);
    int64_t until = clock_mono_ms() + 10000;
    do {
        err_clear(&err);
        assert_int_equal(wait_for(l, 5000, payload, &err), ST_UNAVAIL);
    } while (!str_eq(err.code, "listen_resumed") && clock_mono_ms() < until);
    assert_string_equal(err.code, "listen_resumed");
    control("sql", "NOTIFY work, 'run'");
    assert_int_equal(wait_for(l, 5000, payload, &err), ST_OK);
    assert_string_equal(payload, "run");

    db_listen_wake(l);
    int64_t before = clock_mono_ms();
    assert_int_equal(wait_for(l, 5000, payload, &err), ST_NOTFOUND);
    assert_true(clock_mono_ms() - before < 1000);
    db_listen_close(l);
    assert_int_equal(db_listen_open(DB_WORKER, "t", (const char *const[]){ "a; DROP" }, 1, &l, &err), ST_FATAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_both_ways),
        cmocka_unit_test(errors_by_sqlstate),
        cmocka_unit_test(serialisation_failures_repeat),
        cmocka_unit_test(deadlocks_repeat),
        cmocka_unit_test(nothing_is_half_done),
        cmocka_unit_test(connection_comes_back),
        cmocka_unit_test(listener_survives_a_restart),
    };
    return cmocka_run_group_tests_name("db", tests, open_all, close_all);
}
