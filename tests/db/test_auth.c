/* Sign-in against a real database: throttle, sessions, tokens, accounts.
 *
 * Needs a fresh migrated database (tests/db/programs.sh). Settings are small, so that waits take milliseconds and a
 * password hash little memory.
 */
#include "../../portal/auth/auth.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/str.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MAX_MS 1500
#define FAILURES    4

static struct db *db, *owner;
static char ada[ID_MAX], root[ID_MAX];

static void sql(const char *text)
{
    char command[1024];
    assert_true(str_fmt(command, sizeof command, "%s sql \"%s\" >&2", getenv("TEST_PG"), text));
    assert_int_equal(system(command), 0);
}

static int open_all(void **state)
{
    (void)state;
    char argv_text[][64] = { "test_auth",           "--set", "login_failures=4",       "--set",
                             "login_wait_max=1500", "--set", "argon2_memory_kib=8192", "--set",
                             "argon2_passes=1" };
    char *argv[10] = { NULL };
    int argc = 9;
    struct err err = { 0 };
    for (int i = 0; i < argc; i++)
        argv[i] = argv_text[i];
    struct arena *a = arena_new(1u << 20);
    struct account_new who = { .login = "root", .admin = true, .password = "a long password" };
    enum status st = conf_load(&argc, argv, &err);
    if (st == ST_OK)
        st = password_init(&err);
    if (st == ST_OK)
        st = db_open(DB_WEB, "test", &db, &err);
    if (st == ST_OK)
        st = db_open(DB_OWNER, "test-owner", &owner, &err);
    if (st == ST_OK)
        st = account_create(db, a, &who, root, &err);
    who = (struct account_new){ .login = "ada", .password = "another long one" };
    if (st == ST_OK)
        st = account_create(db, a, &who, ada, &err);
    arena_free(a);
    if (st)
        print_error("%s (%s)\n", err.text, err.detail);
    return st ? -1 : 0;
}

static int close_all(void **state)
{
    (void)state;
    db_close(db);
    db_close(owner);
    return 0;
}

/* --- passwords ---------------------------------------------------------------------------------------------- */

static void passwords(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct arena *a = arena_new(1u << 20);
    const char *hash = NULL;
    bool right = false, rehash = true;
    assert_int_equal(password_hash(a, "correct horse", &hash, &err), ST_OK);
    assert_true(str_starts(hash, "$argon2id$"));
    assert_int_equal(password_verify(hash, "correct horse", &right, &rehash, &err), ST_OK);
    assert_true(right && !rehash);
    assert_int_equal(password_verify(hash, "correct horsf", &right, &rehash, &err), ST_OK);
    assert_false(right);
    assert_int_equal(password_verify(NULL, "correct horse", &right, &rehash, &err), ST_OK);
    assert_false(right);
    assert_int_equal(password_check_rules("short", "ada", "new", &err), ST_INVALID);
    assert_string_equal(err.field, "new");
    assert_int_equal(password_check_rules("adalovelace", "AdaLovelace", "new", &err), ST_INVALID);
    assert_int_equal(password_check_rules("ääääääääää", "ada", "new", &err), ST_OK); /* ten characters */
    arena_free(a);
}

/* --- throttle ----------------------------------------------------------------------------------------------- */

static int64_t attempt(const char *login, const char *address)
{
    int64_t wait = -1;
    struct err err = { 0 };
    enum status st = throttle_attempt(db, login, address, &wait, &err);
    assert_true(st == (wait ? ST_THROTTLED : ST_OK));
    return wait;
}

static void pair_waits_double_and_end(void **state)
{
    (void)state;
    for (int i = 0; i < FAILURES; i++)
        assert_int_equal(attempt("pair", "10.0.0.1"), 0);
    int64_t wait = attempt("pair", "10.0.0.1");
    assert_in_range(wait, 1, 1000);
    for (int i = 0; i < 20; i++)
        assert_in_range(attempt("pair", "10.0.0.1"), 1, (uintmax_t)wait); /* trying while waiting adds nothing */
    assert_int_equal(attempt("pair", "10.0.0.2"), 0);                     /* another address is another pair */
    assert_int_equal(attempt("other", "10.0.0.1"), 0);                    /* and so is another account */
    clock_sleep_ms(wait + 10);
    assert_int_equal(attempt("pair", "10.0.0.1"), 0);
    assert_in_range(attempt("pair", "10.0.0.1"), 1001, WAIT_MAX_MS); /* doubled, and bounded */
    clock_sleep_ms(3 * WAIT_MAX_MS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(attempt("pair", "10.0.0.1"), 0); /* failures have decayed */
}

static void success_forgets(void **state)
{
    (void)state;
    for (int i = 0; i < FAILURES - 1; i++)
        assert_int_equal(attempt("glad", "10.0.1.1"), 0);
    assert_int_equal(throttle_success(db, "glad", "10.0.1.1", NULL), ST_OK);
    for (int i = 0; i < FAILURES; i++)
        assert_int_equal(attempt("glad", "10.0.1.1"), 0);
    assert_true(attempt("glad", "10.0.1.1") > 0);
}

static void an_unjudged_try_does_not_count(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * FAILURES; i++) {
        assert_int_equal(attempt("busy", "10.0.2.1"), 0);
        assert_int_equal(throttle_uncount(db, "busy", "10.0.2.1", NULL), ST_OK);
    }
}

static void an_ipv6_network_is_one_address(void **state)
{
    (void)state;
    for (int i = 0; i < FAILURES; i++)
        assert_int_equal(attempt("six", i % 2 ? "2001:db8:1:2::1" : "2001:db8:1:2:ffff::9"), 0);
    assert_true(attempt("six", "2001:db8:1:2::77") > 0);
    assert_int_equal(attempt("six", "2001:db8:1:3::1"), 0);
    for (int i = 0; i < FAILURES; i++)
        assert_int_equal(attempt("four", "::ffff:10.9.9.9"), 0);
    assert_true(attempt("four", "10.9.9.9") > 0);
}

static void a_waiting_address_makes_no_rows(void **state)
{
    (void)state;
    char login[32];
    for (int i = 0; i < 10 * FAILURES + 20; i++) {
        (void)str_fmt(login, sizeof login, "made-up-%d", i);
        int64_t wait = attempt(login, "10.4.0.1");
        assert_int_equal(wait > 0, i >= 10 * FAILURES);
    }
    sql("SELECT 1 / (count(*) = 40)::int FROM login_throttle WHERE key LIKE 'account made-up-%'");
}

struct attacker {
    const char *login;
    atomic_bool stop;
    atomic_int let_through;
};

/* Guesses without a pause from ever new addresses. */
static void *attack(void *arg)
{
    struct attacker *a = arg;
    struct db *mine = NULL;
    struct err err = { 0 };
    if (db_open(DB_WEB, "attacker", &mine, &err))
        return NULL;
    for (int i = 0; !atomic_load(&a->stop); i++) {
        char address[32];
        int64_t wait = 0;
        (void)str_fmt(address, sizeof address, "66.%d.%d.%d", i / 65025 % 255, i / 255 % 255, i % 255);
        if (throttle_attempt(mine, a->login, address, &wait, &err) == ST_OK)
            atomic_fetch_add(&a->let_through, 1);
    }
    db_close(mine);
    return NULL;
}

static void attackers_elsewhere_cannot_lock_the_owner_out(void **state)
{
    (void)state;
    struct attacker a = { .login = "owner" };
    pthread_t t[3];
    /* At home the owner has signed in before. */
    assert_int_equal(attempt("owner", "10.1.0.1"), 0);
    assert_int_equal(throttle_success(db, "owner", "10.1.0.1", NULL), ST_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&t[i], NULL, attack, &a), 0);
    clock_sleep_ms(500);
    assert_int_equal(attempt("owner", "10.1.0.1"), 0); /* no wait at a known address */
    /* On the way, from a new address: a wait, but never longer than WAIT_MAX, however long the attack goes on. */
    int64_t start = clock_mono_ms();
    assert_true(attempt("owner", "10.1.0.2") > 0);
    while (attempt("owner", "10.1.0.2") > 0 && clock_mono_ms() - start < 3 * WAIT_MAX_MS)
        clock_sleep_ms(20);
    assert_true(clock_mono_ms() - start < WAIT_MAX_MS + 500);
    atomic_store(&a.stop, true);
    for (int i = 0; i < 3; i++)
        (void)pthread_join(t[i], NULL);
    /* And the attack itself got next to nothing through: 5 * FAILURES, then one a wait. */
    assert_in_range(atomic_load(&a.let_through), 1, 5 * FAILURES + 10);
}

static void *attempt_thread(void *arg)
{
    struct attacker *a = arg;
    struct db *mine = NULL;
    struct err err = { 0 };
    int64_t wait = 0;
    if (db_open(DB_WEB, "parallel", &mine, &err))
        return NULL;
    for (int i = 0; i < 10; i++) {
        if (throttle_attempt(mine, a->login, "10.2.0.1", &wait, &err) == ST_OK)
            atomic_fetch_add(&a->let_through, 1);
    }
    db_close(mine);
    return NULL;
}

static void parallel_tries_do_not_slip_through(void **state)
{
    (void)state;
    struct attacker a = { .login = "many" };
    pthread_t t[8];
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&t[i], NULL, attempt_thread, &a), 0);
    for (int i = 0; i < 8; i++)
        (void)pthread_join(t[i], NULL);
    assert_int_equal(atomic_load(&a.let_through), FAILURES);
}

static void strange_logins_share_one_row(void **state)
{
    (void)state;
    char login[300];
    memset(login, 'a', sizeof login - 1);
    login[sizeof login - 1] = '\0';
    (void)attempt(login, "10.3.0.1");
    (void)attempt("x' OR 1=1 --", "10.3.0.1");
    sql("SELECT 1 / (count(*) = 1)::int FROM login_throttle WHERE key LIKE 'account %' AND key ~ '[?]'");
}

/* --- sessions ----------------------------------------------------------------------------------------------- */

static void session_make(const char *account, char secret[AUTH_SECRET_MAX], struct principal *me)
{
    struct err err = { 0 };
    if (session_create(db, account, "10.0.0.1", "agent \x01 \xff", secret, me, &err))
        fail_msg("%s (%s)", err.text, err.detail);
}

static enum status session_now(const char *secret)
{
    struct principal me = { 0 };
    struct err err = { 0 };
    enum status st = session_find(db, secret, &me, &err);
    bool valid = false;
    if (st == ST_OK) {
        assert_int_equal(auth_still_valid(db, &me, &valid, &err), ST_OK);
        assert_true(valid);
    }
    return st;
}

static void sessions_begin_and_end(void **state)
{
    (void)state;
    char one[AUTH_SECRET_MAX], two[AUTH_SECRET_MAX], other[AUTH_SECRET_MAX];
    struct principal me, again = { 0 };
    struct err err = { 0 };
    session_make(ada, one, &me);
    session_make(ada, two, &me);
    assert_string_not_equal(one, two);
    assert_int_equal(session_find(db, two, &again, &err), ST_OK);
    assert_string_equal(again.account, ada);
    assert_string_equal(again.login, "ada");
    assert_string_equal(again.via, me.via);
    assert_string_equal(again.csrf, me.csrf);
    assert_false(again.admin);
    assert_int_equal(session_now("nonsense"), ST_UNAUTH);
    assert_int_equal(session_end(db, me.via, &err), ST_OK);
    assert_int_equal(session_now(two), ST_UNAUTH);
    assert_int_equal(session_now(one), ST_OK);
    session_make(root, other, &me);
    assert_true(me.admin);
    session_make(ada, two, &me);
    assert_int_equal(session_end_all(db, ada, &err), ST_OK);
    assert_int_equal(session_now(one), ST_UNAUTH);
    assert_int_equal(session_now(two), ST_UNAUTH);
    assert_int_equal(session_now(other), ST_OK);
}

static void sessions_age(void **state)
{
    (void)state;
    char secret[AUTH_SECRET_MAX];
    struct principal me;
    session_make(ada, secret, &me);
    sql("UPDATE session SET seen_at = now() - interval '11 hours'");
    assert_int_equal(session_now(secret), ST_OK); /* and this look-up was a sign of life */
    char check[256];
    (void)str_fmt(check, sizeof check,
                  "SELECT 1 / (seen_at > now() - interval '1 min')::int FROM session WHERE id = '%s'", me.via);
    sql(check);
    sql("UPDATE session SET seen_at = now() - interval '13 hours'");
    assert_int_equal(session_now(secret), ST_UNAUTH);
    session_make(ada, secret, &me);
    sql("UPDATE session SET created_at = now() - interval '8 days'");
    assert_int_equal(session_now(secret), ST_UNAUTH);
}

/* --- tokens ------------------------------------------------------------------------------------------------- */

static void tokens(void **state)
{
    (void)state;
    char id[ID_MAX], secret[AUTH_SECRET_MAX];
    struct principal me = { 0 };
    struct err err = { 0 };
    unsigned bits = auth_scope_bit("runs:read") | auth_scope_bit("files:write");
    assert_int_equal(auth_scope_bit("runs:delete"), 0);
    assert_int_equal(auth_scope_bit(NULL), 0);
    assert_int_equal(token_create(db, ada, "notebook", bits, NULL, 3600, id, secret, &err), ST_OK);
    assert_true(str_starts(secret, "ath_"));
    assert_int_equal(strlen(secret), 47);
    assert_int_equal(token_find(db, secret, &me, &err), ST_OK);
    assert_int_equal(me.kind, PRINCIPAL_TOKEN);
    assert_int_equal(me.scopes, bits);
    assert_string_equal(me.account, ada);
    secret[10] = secret[10] == 'x' ? 'y' : 'x';
    assert_int_equal(token_find(db, secret, &me, &err), ST_UNAUTH);
    assert_int_equal(token_find(db, "", &me, &err), ST_UNAUTH);

    assert_int_equal(token_create(db, ada, "brief", bits, NULL, 1, id, secret, &err), ST_OK);
    clock_sleep_ms(1100);
    assert_int_equal(token_find(db, secret, &me, &err), ST_UNAUTH);
    assert_int_equal(token_create(db, ada, "revoked", bits, NULL, 3600, id, secret, &err), ST_OK);
    assert_int_equal(token_find(db, secret, &me, &err), ST_OK);
    assert_int_equal(db_run(db, SQL_AUTH_TOKEN_REVOKE, NULL, &err, P_TEXT(id), P_TEXT(root)), ST_OK);
    assert_int_equal(token_find(db, secret, &me, &err), ST_OK); /* not theirs to revoke */
    assert_int_equal(db_run(db, SQL_AUTH_TOKEN_REVOKE, NULL, &err, P_TEXT(id), P_TEXT(ada)), ST_OK);
    assert_int_equal(token_find(db, secret, &me, &err), ST_UNAUTH);
    assert_int_equal(token_create(db, ada, "n", bits, "prj_none", 3600, id, secret, &err), ST_NOTFOUND);
}

/* --- accounts ----------------------------------------------------------------------------------------------- */

static void disabling_ends_everything(void **state)
{
    (void)state;
    char id[ID_MAX], secret[AUTH_SECRET_MAX], token[AUTH_SECRET_MAX];
    struct principal me;
    struct err err = { 0 };
    struct account_change off = { .disabled = ACCOUNT_DISABLE }, on = { .disabled = ACCOUNT_ENABLE };
    session_make(ada, secret, &me);
    assert_int_equal(token_create(db, ada, "t", 1, NULL, 3600, id, token, &err), ST_OK);
    assert_int_equal(account_update(db, ada, &off, NULL, &err), ST_OK);
    assert_int_equal(session_now(secret), ST_UNAUTH);
    assert_int_equal(token_find(db, token, &me, &err), ST_UNAUTH);
    assert_int_equal(session_create(db, ada, "a", "b", secret, &me, &err), ST_UNAUTH);
    assert_int_equal(account_update(db, ada, &on, NULL, &err), ST_OK);
    assert_int_equal(token_find(db, token, &me, &err), ST_OK);
}

static void somebody_is_left_to_administer(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct account_change demote = { .role = "user" }, off = { .disabled = ACCOUNT_DISABLE };
    assert_int_equal(account_update(db, root, &demote, NULL, &err), ST_CONFLICT);
    assert_string_equal(err.code, "last_admin");
    assert_int_equal(account_update(db, root, &off, NULL, &err), ST_CONFLICT);
    assert_int_equal(account_update(db, ada, &(struct account_change){ .role = "admin" }, NULL, &err), ST_OK);
    assert_int_equal(account_update(db, root, &demote, NULL, &err), ST_OK);
    assert_int_equal(account_update(db, root, &(struct account_change){ .role = "admin" }, NULL, &err), ST_OK);
}

static void accounts_have_versions_and_rules(void **state)
{
    (void)state;
    struct err err = { 0 };
    char id[ID_MAX];
    int64_t version = 0;
    struct arena *a = arena_new(1u << 20);
    struct account_change change = { .display_name = "Ada L." };
    assert_int_equal(account_update(db, ada, &change, &version, &err), ST_OK);
    change.version = version - 1;
    assert_int_equal(account_update(db, ada, &change, &version, &err), ST_PRECONDITION);
    assert_int_equal(account_update(db, "usr_none", &change, &version, &err), ST_NOTFOUND);
    struct account_new who = { .login = "ada", .password = "yet another long" };
    assert_int_equal(account_create(db, a, &who, id, &err), ST_CONFLICT);
    static const char *const BAD[] = { "", "a", "Ada", "-ada", "a b", "ada\n", "ad\xc3\xa4" };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        who.login = BAD[i];
        assert_int_equal(account_create(db, a, &who, id, &err), ST_INVALID);
        assert_string_equal(err.field, "/login");
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords),
        cmocka_unit_test(pair_waits_double_and_end),
        cmocka_unit_test(success_forgets),
        cmocka_unit_test(an_ipv6_network_is_one_address),
        cmocka_unit_test(a_waiting_address_makes_no_rows),
        cmocka_unit_test(an_unjudged_try_does_not_count),
        cmocka_unit_test(attackers_elsewhere_cannot_lock_the_owner_out),
        cmocka_unit_test(parallel_tries_do_not_slip_through),
        cmocka_unit_test(strange_logins_share_one_row),
        cmocka_unit_test(sessions_begin_and_end),
        cmocka_unit_test(sessions_age),
        cmocka_unit_test(tokens),
        cmocka_unit_test(disabling_ends_everything),
        cmocka_unit_test(somebody_is_left_to_administer),
        cmocka_unit_test(accounts_have_versions_and_rules),
    };
    return cmocka_run_group_tests_name("auth", tests, open_all, close_all);
}
