/* Sign-in throttle: counters and waits live in the database (login_attempt, migrations/0001-init.sql), so all portals
 * share them and a restart forgets nothing.
 *
 * Caveat: the login is foreign text and becomes part of a key; what cannot be a login is counted under one name, so
 * nobody can fill the table with long keys.
 */
#include "auth.h"

#include "../core/conf.h"
#include "../core/str.h"

#include <arpa/inet.h>
#include <string.h>

static const char *login_key(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && n < AUTH_LOGIN_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n ? s : "?";
}

/* One subscriber has a whole IPv6 /64 to send from, so it counts as one address. */
static const char *address_key(const char *s, char out[INET6_ADDRSTRLEN])
{
    struct in6_addr six;
    struct in_addr four;
    if (inet_pton(AF_INET, s, &four) == 1)
        return inet_ntop(AF_INET, &four, out, INET6_ADDRSTRLEN);
    if (inet_pton(AF_INET6, s, &six) != 1)
        return "?";
    if (IN6_IS_ADDR_V4MAPPED(&six))
        return inet_ntop(AF_INET, &six.s6_addr[12], out, INET6_ADDRSTRLEN);
    memset(&six.s6_addr[8], 0, 8);
    return inet_ntop(AF_INET6, &six, out, INET6_ADDRSTRLEN);
}

enum status throttle_attempt(struct db *db, const char *login, const char *address, int64_t *ret_wait_ms,
                             struct err *err)
{
    char from[INET6_ADDRSTRLEN];
    ROWS_AUTO row = NULL;
    enum status st =
        db_run(db, SQL_AUTH_LOGIN_ATTEMPT, &row, err, P_TEXT(login_key(login)), P_TEXT(address_key(address, from)),
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
    char from[INET6_ADDRSTRLEN];
    return db_run(db, SQL_AUTH_LOGIN_SUCCESS, NULL, err, P_TEXT(login_key(login)), P_TEXT(address_key(address, from)));
}

enum status throttle_uncount(struct db *db, const char *login, const char *address, struct err *err)
{
    char from[INET6_ADDRSTRLEN];
    return db_run(db, SQL_AUTH_LOGIN_UNCOUNT, NULL, err, P_TEXT(login_key(login)), P_TEXT(address_key(address, from)));
}
