/* Accounts: making and changing people, for the REST interface and athanorctl alike.
 *
 * Two rules no single row can keep are kept here in a transaction: somebody is always left who can administer, and a
 * change made on an old version of the row is refused.
 */
#include "auth.h"

#include "../core/conf.h"
#include "../core/str.h"

#include <string.h>

#define DISPLAY_NAME_MAX 200 /* characters, as in the schema; bytes are at most four times as many */
#define EMAIL_MAX        320

static bool login_valid(const char *s)
{
    size_t n = strlen(s);
    return n >= 2 && n < AUTH_LOGIN_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n &&
           !strchr("._-", s[0]);
}

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static enum status names_check(const char *display_name, const char *email, struct err *err)
{
    if (display_name && (!display_name[0] || characters(display_name) > DISPLAY_NAME_MAX))
        return err_field(err, ST_INVALID, "display_name", "/display_name", "A name has 1 to %d characters.",
                         DISPLAY_NAME_MAX);
    if (email && email[0] && (strlen(email) > EMAIL_MAX || !strchr(email, '@')))
        return err_field(err, ST_INVALID, "email", "/email", "This is no e-mail address.");
    return ST_OK;
}

enum status account_create(struct db *db, struct arena *a, const struct account_new *who, char ret_id[ID_MAX],
                           struct err *err)
{
    char id[ID_MAX];
    const char *hash = NULL;
    if (!login_valid(who->login)) {
        return err_field(
            err, ST_INVALID, "login_form", "/login",
            "A login has 2 to %d characters a-z, 0-9, \".\", \"_\", \"-\" and begins with a letter or digit.",
            AUTH_LOGIN_MAX - 1);
    }
    enum status st = names_check(who->display_name, who->email, err);
    if (st == ST_OK)
        st = password_check_rules(who->password, who->login, "/password", err);
    if (st == ST_OK)
        st = password_hash(a, who->password, &hash, err);
    if (st)
        return st;
    id_new("usr", id);
    st = db_run(db, SQL_ACCOUNT_CREATE, NULL, err, P_TEXT(id), P_TEXT(who->login),
                P_TEXT(who->display_name ? who->display_name : who->login),
                P_TEXT(who->email && who->email[0] ? who->email : NULL), P_TEXT(who->admin ? "admin" : "user"),
                P_TEXT(hash), P_I64(g_conf->user_quota));
    if (st == ST_CONFLICT)
        return err_field(err, ST_CONFLICT, "login_taken", "/login", "The login \"%s\" is taken.", who->login);
    if (st == ST_OK)
        memcpy(ret_id, id, sizeof id);
    return st;
}

struct update {
    const char *id;
    const struct account_change *change;
    int64_t version;
};

static enum status update_tx(struct db *db, void *ctx, struct err *err)
{
    struct update *u = ctx;
    const struct account_change *c = u->change;
    ROWS_AUTO before = NULL;
    ROWS_AUTO row = NULL;
    ROWS_AUTO after = NULL;
    struct db_param disabled = c->disabled == ACCOUNT_KEEP ? P_NULL : P_BOOL(c->disabled == ACCOUNT_DISABLE);
    enum status st = db_run0(db, SQL_ACCOUNT_ADMINS_LOCK, &before, err);
    if (st == ST_OK) {
        st = db_run(db, SQL_ACCOUNT_UPDATE, &row, err, P_TEXT(u->id), P_I64(c->version), P_TEXT(c->display_name),
                    P_TEXT(c->email), P_TEXT(c->role), disabled, P_TEXT(c->password_hash));
    }
    if (st == ST_OK && db_count(row) == 0) {
        ROWS_AUTO there = NULL;
        st = db_run(db, SQL_ACCOUNT_GET, &there, err, P_TEXT(u->id));
        if (st)
            return st;
        if (db_count(there) == 0)
            return err_set(err, ST_NOTFOUND, "There is no such account.");
        return err_field(err, ST_PRECONDITION, "version_changed", NULL,
                         "Somebody else changed this account meanwhile.");
    }
    if (st == ST_OK)
        st = db_run0(db, SQL_ACCOUNT_ADMINS_LOCK, &after, err);
    if (st == ST_OK && db_count(before) > 0 && db_count(after) == 0)
        return err_field(err, ST_CONFLICT, "last_admin", NULL, "This is the last administrator who can sign in.");
    if (st == ST_OK)
        u->version = db_i64(row, 0, 0);
    return st;
}

enum status account_update(struct db *db, const char *id, const struct account_change *change, int64_t *ret_version,
                           struct err *err)
{
    enum status st = names_check(change->display_name, change->email, err);
    if (st)
        return st;
    struct update u = { .id = id, .change = change };
    st = db_tx(db, DB_READ_COMMITTED, update_tx, &u, err);
    if (st == ST_OK && ret_version)
        *ret_version = u.version;
    return st;
}

enum status account_find(struct db *db, const char *login, char ret_id[ID_MAX], struct err *err)
{
    ROWS_AUTO rows = NULL;
    enum status st = db_run(db, SQL_ACCOUNT_SECRET, &rows, err, P_TEXT(login), P_NULL);
    if (st == ST_OK && db_count(rows) == 0)
        return err_field(err, ST_NOTFOUND, "not_found", "/login", "There is no login \"%s\".", login);
    if (st == ST_OK)
        (void)str_fmt(ret_id, ID_MAX, "%s", db_text(rows, 0, 0));
    return st;
}
