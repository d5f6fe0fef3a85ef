/* API tokens: "ath_" and 43 base-62 characters (32 random bytes) for programs; SHA-256 in the table.
 *
 * A plain hash is enough: the secret has 256 random bits, so there is nothing to guess. A token carries scopes, an
 * end, and perhaps one project it is confined to; it never does more than its owner may at that moment. last_used_at
 * is written at most once a minute.
 */
#include "auth.h"

#include "../core/str.h"

#include <sodium.h>
#include <string.h>

#define SECRET_BYTES  32
#define SECRET_DIGITS 43 /* ceil(256 / log2(62)) */
#define SECRET_PREFIX "ath_"

const char *const auth_scopes[] = { "projects:read", "projects:write", "files:read", "files:write",
                                    "runs:read",     "runs:write",     NULL };

unsigned auth_scope_bit(const char *name)
{
    for (unsigned i = 0; name && auth_scopes[i]; i++) {
        if (str_eq(name, auth_scopes[i]))
            return 1u << i;
    }
    return 0;
}

/* 32 bytes as a base-62 number of 43 digits: long division, most significant byte first. */
static void base62(unsigned char bytes[SECRET_BYTES], char out[SECRET_DIGITS + 1])
{
    static const char DIGITS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int d = SECRET_DIGITS - 1; d >= 0; d--) {
        unsigned rest = 0;
        for (size_t i = 0; i < SECRET_BYTES; i++) {
            unsigned v = rest * 256 + bytes[i];
            bytes[i] = (unsigned char)(v / 62);
            rest = v % 62;
        }
        out[d] = DIGITS[rest];
    }
    out[SECRET_DIGITS] = '\0';
}

static void secret_hash(const char *secret, unsigned char out[AUTH_HASH_BYTES])
{
    crypto_hash_sha256(out, (const unsigned char *)secret, strlen(secret));
}

/* '{"a:b","c:d"}' as PostgreSQL reads an array; the names are ours, so nothing needs escaping. */
static void scopes_array(unsigned scopes, char out[256])
{
    size_t n = 1;
    out[0] = '{';
    for (unsigned i = 0; auth_scopes[i]; i++) {
        if (scopes & (1u << i)) {
            (void)str_fmt(out + n, 256 - n, "%s%s", n > 1 ? "," : "", auth_scopes[i]);
            n += strlen(out + n);
        }
    }
    (void)str_fmt(out + n, 256 - n, "}");
}

enum status token_create(struct db *db, const char *account, const char *name, unsigned scopes, const char *project,
                         int64_t expires_in_s, char ret_id[ID_MAX], char ret_secret[AUTH_SECRET_MAX], struct err *err)
{
    unsigned char random[SECRET_BYTES], hash[AUTH_HASH_BYTES];
    char id[ID_MAX], digits[SECRET_DIGITS + 1], array[256];
    rand_bytes(random, sizeof random);
    base62(random, digits);
    (void)str_fmt(ret_secret, AUTH_SECRET_MAX, "%s%s", SECRET_PREFIX, digits);
    secret_hash(ret_secret, hash);
    scopes_array(scopes, array);
    id_new("tok", id);
    enum status st = db_run(db, SQL_AUTH_TOKEN_CREATE, NULL, err, P_TEXT(id), P_TEXT(account), P_TEXT(name),
                            P_BYTES(hash, sizeof hash), P_TEXT(array), P_TEXT(project), P_I64(expires_in_s));
    if (st == ST_NOTFOUND)
        return err_field(err, ST_NOTFOUND, "not_found", "project", "There is no such project.");
    if (st == ST_OK)
        memcpy(ret_id, id, sizeof id);
    return st;
}

static unsigned scopes_of(const char *words)
{
    unsigned bits = 0;
    char word[64];
    while (words && *words) {
        size_t n = strcspn(words, " ");
        if (n < sizeof word) {
            memcpy(word, words, n);
            word[n] = '\0';
            bits |= auth_scope_bit(word);
        }
        words += n + (words[n] == ' ');
    }
    return bits;
}

enum status token_find(struct db *db, const char *secret, struct principal *ret_me, struct err *err)
{
    unsigned char hash[AUTH_HASH_BYTES];
    struct principal me = { .kind = PRINCIPAL_TOKEN };
    ROWS_AUTO row = NULL;
    enum status st = ST_OK;
    bool formed = strlen(secret) == strlen(SECRET_PREFIX) + SECRET_DIGITS && str_starts(secret, SECRET_PREFIX);
    if (formed) {
        secret_hash(secret, hash);
        st = db_run(db, SQL_AUTH_TOKEN_FIND, &row, err, P_BYTES(hash, sizeof hash));
    }
    if (st)
        return st;
    if (db_count(row) == 0) {
        err_field(err, ST_UNAUTH, "token_unknown", "Authorization", "This token is unknown, revoked or out of date.");
        return err_hint(err, "Make a new token in your account's settings.");
    }
    (void)str_fmt(me.via, sizeof me.via, "%s", db_text(row, 0, 0));
    (void)str_fmt(me.account, sizeof me.account, "%s", db_text(row, 0, 1));
    (void)str_fmt(me.login, sizeof me.login, "%s", db_text(row, 0, 2));
    me.admin = str_eq(db_text(row, 0, 3), "admin");
    me.scopes = scopes_of(db_text(row, 0, 4));
    if (!db_null(row, 0, 5))
        (void)str_fmt(me.project, sizeof me.project, "%s", db_text(row, 0, 5));
    if (db_bool(row, 0, 6))
        st = db_run(db, SQL_AUTH_TOKEN_USED, NULL, err, P_TEXT(me.via));
    if (st == ST_OK)
        *ret_me = me;
    return st;
}
