/* Sessions: 32 random bytes in the browser's cookie, their SHA-256 in the table.
 *
 * A session ends by signing out, by resting longer than session_idle, by reaching session_max, by its account being
 * disabled, and by the account's epoch moving on (sign out everywhere, new password): the look-up asks all of that
 * every time. seen_at is written at most once a minute, so that reading costs no write.
 */
#include "auth.h"

#include "../core/conf.h"
#include "../core/str.h"

#include <sodium.h>
#include <string.h>

#define SECRET_BYTES 32
#define CSRF_BYTES   24

static void secret_hash(const char *secret, unsigned char out[AUTH_HASH_BYTES])
{
    crypto_hash_sha256(out, (const unsigned char *)secret, strlen(secret));
}

enum status session_create(struct db *db, const char *account, const char *address, const char *user_agent,
                           char ret_secret[AUTH_SECRET_MAX], struct principal *ret_me, struct err *err)
{
    unsigned char random[SECRET_BYTES], hash[AUTH_HASH_BYTES];
    char agent[256];
    struct principal me = { .kind = PRINCIPAL_SESSION };
    ROWS_AUTO row = NULL;

    rand_bytes(random, sizeof random);
    b64_encode(random, sizeof random, ret_secret, AUTH_SECRET_MAX, true);
    secret_hash(ret_secret, hash);
    rand_bytes(random, sizeof random);
    b64_encode(random, CSRF_BYTES, me.csrf, sizeof me.csrf, true);
    id_new("ses", me.via);
    (void)utf8_sanitize(user_agent ? user_agent : "", user_agent ? strlen(user_agent) : 0, agent, sizeof agent);

    enum status st = db_run(db, SQL_AUTH_SESSION_CREATE, &row, err, P_BYTES(hash, sizeof hash), P_TEXT(account),
                            P_TEXT(me.via), P_TEXT(me.csrf), P_TEXT(address), P_TEXT(agent));
    if (st == ST_OK && db_count(row) == 0)
        st = err_set(err, ST_UNAUTH, "This account cannot sign in.");
    if (st)
        return st;
    (void)str_fmt(me.account, sizeof me.account, "%s", account);
    (void)str_fmt(me.login, sizeof me.login, "%s", db_text(row, 0, 0));
    me.admin = str_eq(db_text(row, 0, 1), "admin");
    *ret_me = me;
    return ST_OK;
}

static enum status not_signed_in(struct err *err)
{
    err_field(err, ST_UNAUTH, "session_ended", NULL, "Your session has ended.");
    return err_hint(err, "Sign in again.");
}

enum status session_find(struct db *db, const char *secret, struct principal *ret_me, struct err *err)
{
    unsigned char hash[AUTH_HASH_BYTES];
    struct principal me = { .kind = PRINCIPAL_SESSION };
    ROWS_AUTO row = NULL;
    if (strlen(secret) >= AUTH_SECRET_MAX)
        return not_signed_in(err);
    secret_hash(secret, hash);
    enum status st = db_run(db, SQL_AUTH_SESSION_FIND, &row, err, P_BYTES(hash, sizeof hash),
                            P_I64(g_conf->session_idle), P_I64(g_conf->session_max));
    if (st)
        return st;
    if (db_count(row) == 0)
        return not_signed_in(err);
    (void)str_fmt(me.via, sizeof me.via, "%s", db_text(row, 0, 0));
    (void)str_fmt(me.account, sizeof me.account, "%s", db_text(row, 0, 1));
    (void)str_fmt(me.login, sizeof me.login, "%s", db_text(row, 0, 2));
    me.admin = str_eq(db_text(row, 0, 3), "admin");
    (void)str_fmt(me.csrf, sizeof me.csrf, "%s", db_text(row, 0, 4));
    if (db_bool(row, 0, 5))
        st = db_run(db, SQL_AUTH_SESSION_SEEN, NULL, err, P_TEXT(me.via));
    if (st == ST_OK)
        *ret_me = me;
    return st;
}

enum status session_end(struct db *db, const char *session_id, struct err *err)
{
    return db_run(db, SQL_AUTH_SESSION_END, NULL, err, P_TEXT(session_id));
}

enum status session_end_all(struct db *db, const char *account, struct err *err)
{
    return db_run(db, SQL_AUTH_SESSION_END_ALL, NULL, err, P_TEXT(account));
}
