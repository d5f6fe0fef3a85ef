/* Sign-in throttle: counters and waits live in the database (login_attempt, migrations/0001-init.sql), so all portals
 * share them and a restart forgets nothing.
 *
 * Caveat: the login is foreign text and becomes part of a key; what cannot be a login is counted under one name, so
 * nobody can fill the table with long keys.
 */
#include "auth.h"

#include "../core/conf.h"
#include "../core/str.h"

#include <string.h>

/* Letters that a login or an address (also "[::1]" or a UNIX socket's "-") may have. */
static const char *key_part(const char *s)
{
    size_t n = strlen(s);
    bool plain = n > 0 && n < AUTH_LOGIN_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-:%[]") == n;
    return plain ? s : "?";
}

enum status throttle_attempt(struct db *db, const char *login, const char *address, int64_t *ret_wait_ms,
                             struct err *err)
{
    ROWS_AUTO row = NULL;
    enum status st = db_run(db, SQL_AUTH_LOGIN_ATTEMPT, &row, err, P_TEXT(key_part(login)), P_TEXT(key_part(address)),
                            P_I64(g_conf->login_failures), P_I64(g_conf->login_wait_max));
    if (st)
        return st;
    *ret_wait_ms = db_i64(row, 0, 0);
    if (*ret_wait_ms == 0)
        return ST_OK;
    long long seconds = (long long)(*ret_wait_ms + 999) / 1000;
    err_field(err, ST_THROTTLED, "sign_in_wait", NULL, "Too many failed sign-ins.");
    return err_hint(err, "Try again in %lld second%s.", seconds, seconds == 1 ? "" : "s");
}

enum status throttle_success(struct db *db, const char *login, const char *address, struct err *err)
{
    return db_run(db, SQL_AUTH_LOGIN_SUCCESS, NULL, err, P_TEXT(key_part(login)), P_TEXT(key_part(address)));
}

enum status throttle_uncount(struct db *db, const char *login, const char *address, struct err *err)
{
    return db_run(db, SQL_AUTH_LOGIN_UNCOUNT, NULL, err, P_TEXT(key_part(login)), P_TEXT(key_part(address)));
}
