/* athanorctl token: API tokens. The secret of a new one is printed once, alone on standard output. */
#include "ctl.h"

#include "../auth/auth.h"
#include "../core/num.h"
#include "../core/str.h"

#include <stdio.h>
#include <string.h>

#define PAGE         500
#define DEFAULT_DAYS 90
#define MAX_DAYS     3650
#define DAY_S        86400

static enum status token_list(struct db *db, const char *login, struct err *err)
{
    char account[ID_MAX], after[ID_MAX] = "";
    enum status st = account_find(db, login, account, err);
    while (st == ST_OK) {
        ROWS_AUTO rows = NULL;
        st = db_run(db, SQL_AUTH_TOKEN_LIST, &rows, err, P_TEXT(account), P_TEXT(after[0] ? after : NULL), P_I64(PAGE));
        int n = st ? 0 : db_count(rows);
        for (int i = 0; i < n; i++) {
            (void)printf("%s %-24s %s expires %s%s\n", db_text(rows, i, 0), db_text(rows, i, 1), db_text(rows, i, 2),
                         db_text(rows, i, 5), db_null(rows, i, 6) ? "" : " REVOKED");
        }
        if (n < PAGE)
            return st;
        (void)str_fmt(after, sizeof after, "%s", db_text(rows, n - 1, 0));
    }
    return st;
}

/* "a,b" -> bits; NULL: every scope. */
static enum status scopes_parse(const char *text, unsigned *ret_bits, struct err *err)
{
    unsigned bits = 0;
    char name[64];
    for (size_t i = 0; !text && auth_scopes[i]; i++)
        bits |= auth_scope_bit(auth_scopes[i]);
    while (text && *text) {
        size_t n = strcspn(text, ",");
        if (n >= sizeof name || (memcpy(name, text, n), name[n] = '\0', auth_scope_bit(name) == 0)) {
            return err_field(err, ST_INVALID, "unknown_scope", "scopes", "There is no scope \"%.*s\".", (int)n, text);
        }
        bits |= auth_scope_bit(name);
        text += n + (text[n] == ',');
    }
    *ret_bits = bits;
    return ST_OK;
}

static enum status token_add(struct db *db, const char *login, const char *name, const struct ctl_option *options,
                             struct err *err)
{
    char account[ID_MAX], id[ID_MAX], secret[AUTH_SECRET_MAX];
    unsigned bits = 0;
    int64_t days = DEFAULT_DAYS;
    if (options[2].value && !num_i64(options[2].value, 1, MAX_DAYS, &days))
        return err_field(err, ST_INVALID, "bad_number", "days", "--days is a number from 1 to %d.", MAX_DAYS);
    enum status st = scopes_parse(options[0].value, &bits, err);
    if (st == ST_OK)
        st = account_find(db, login, account, err);
    if (st == ST_OK)
        st = token_create(db, account, name, bits, options[1].value, days * DAY_S, id, secret, err);
    if (st == ST_OK) {
        (void)fprintf(stderr, "%s, shown only now:\n", id);
        (void)printf("%s\n", secret);
    }
    explicit_bzero(secret, sizeof secret);
    return st;
}

static enum status token_revoke(struct db *db, const char *id, struct err *err)
{
    ROWS_AUTO rows = NULL;
    enum status st = db_run(db, SQL_AUTH_TOKEN_REVOKE, &rows, err, P_TEXT(id), P_NULL);
    if (st == ST_OK && db_affected(rows) == 0)
        return err_field(err, ST_NOTFOUND, "not_found", "id", "There is no token \"%s\".", id);
    return st;
}

int ctl_token(int argc, char **argv)
{
    struct ctl_option options[] = { { .name = "scopes", .has_value = true },
                                    { .name = "project", .has_value = true },
                                    { .name = "days", .has_value = true } };
    struct err err = { 0 };
    struct db *db = NULL;
    if (!ctl_options(&argc, argv, options, 3))
        return 2;
    const char *verb = argc > 1 ? argv[1] : "";
    bool listing = str_eq(verb, "list") && argc == 3, adding = str_eq(verb, "add") && argc == 4;
    if (!listing && !adding && !(str_eq(verb, "revoke") && argc == 3)) {
        (void)fprintf(stderr, "athanorctl token list LOGIN | add LOGIN NAME [--scopes S,S] [--project ID] [--days N] | "
                              "revoke ID\n");
        return 2;
    }
    enum status st = ctl_db_open(&db, &err);
    if (st == ST_OK && listing)
        st = token_list(db, argv[2], &err);
    else if (st == ST_OK && adding)
        st = token_add(db, argv[2], argv[3], options, &err);
    else if (st == ST_OK)
        st = token_revoke(db, argv[2], &err);
    db_close(db);
    return st ? ctl_fail(&err) : 0;
}
