/* athanorctl user: people who sign in. They are named by login; passwords are never arguments. */
#include "ctl.h"

#include "../auth/auth.h"
#include "../core/str.h"

#include <stdio.h>
#include <string.h>

#define PAGE 500

static enum status user_list(struct db *db, struct err *err)
{
    char after[ID_MAX] = "";
    for (;;) {
        ROWS_AUTO rows = NULL;
        enum status st = db_run(db, SQL_ACCOUNT_LIST, &rows, err, P_TEXT(after[0] ? after : NULL), P_I64(PAGE));
        if (st)
            return st;
        int n = db_count(rows);
        for (int i = 0; i < n; i++) {
            (void)printf("%-24s %-6s %-9s %-28s %s\n", db_text(rows, i, 1), db_text(rows, i, 4),
                         db_null(rows, i, 5) ? "active" : "disabled", db_text(rows, i, 2), db_text(rows, i, 0));
        }
        if (n < PAGE)
            return ST_OK;
        (void)str_fmt(after, sizeof after, "%s", db_text(rows, n - 1, 0));
    }
}

static enum status user_add(struct db *db, const char *login, const struct ctl_option *options, struct err *err)
{
    char password[AUTH_PASSWORD_MAX + 2], id[ID_MAX];
    ARENA_AUTO a = arena_new(1u << 20);
    enum status st = ctl_password_read(password, sizeof password, err);
    struct account_new who = { .login = login,
                               .display_name = options[0].value,
                               .email = options[1].value,
                               .admin = options[2].present,
                               .password = password };
    if (st == ST_OK)
        st = account_create(db, a, &who, id, err);
    explicit_bzero(password, sizeof password);
    if (st == ST_OK)
        (void)printf("%s %s\n", id, login);
    return st;
}

static enum status user_passwd(struct db *db, const char *login, struct err *err)
{
    char password[AUTH_PASSWORD_MAX + 2], id[ID_MAX];
    const char *hash = NULL;
    ARENA_AUTO a = arena_new(1u << 20);
    enum status st = account_find(db, login, id, err);
    if (st == ST_OK)
        st = ctl_password_read(password, sizeof password, err);
    if (st == ST_OK)
        st = password_check_rules(password, login, "/password", err);
    if (st == ST_OK)
        st = password_hash(a, password, &hash, err);
    explicit_bzero(password, sizeof password);
    if (st == ST_OK)
        st = db_run(db, SQL_ACCOUNT_PASSWORD, NULL, err, P_TEXT(id), P_TEXT(hash));
    if (st == ST_OK)
        (void)printf("the password of %s is changed, all sessions are ended\n", login);
    return st;
}

static enum status user_enable(struct db *db, const char *login, bool enable, struct err *err)
{
    char id[ID_MAX];
    enum status st = account_find(db, login, id, err);
    if (st == ST_OK) {
        struct account_change change = { .disabled = enable ? ACCOUNT_ENABLE : ACCOUNT_DISABLE };
        st = account_update(db, id, &change, NULL, err);
    }
    if (st == ST_OK)
        (void)printf("%s is %s\n", login, enable ? "enabled" : "disabled: sessions have ended, tokens do not work");
    return st;
}

int ctl_user(int argc, char **argv)
{
    struct ctl_option options[] = { { .name = "name", .has_value = true },
                                    { .name = "email", .has_value = true },
                                    { .name = "admin" } };
    struct err err = { 0 };
    struct db *db = NULL;
    if (!ctl_options(&argc, argv, options, 3))
        return 2;
    const char *verb = argc > 1 ? argv[1] : "";
    bool listing = str_eq(verb, "list") && argc == 2, adding = str_eq(verb, "add") && argc == 3;
    bool password = str_eq(verb, "passwd") && argc == 3;
    bool enable = str_eq(verb, "enable") && argc == 3, disable = str_eq(verb, "disable") && argc == 3;
    if (!listing && !adding && !password && !enable && !disable) {
        (void)fprintf(stderr, "athanorctl user list | add LOGIN [--name NAME] [--email E] [--admin] | passwd LOGIN | "
                              "disable LOGIN | enable LOGIN\n");
        return 2;
    }
    enum status st = ctl_db_open(&db, &err);
    if (st == ST_OK && listing)
        st = user_list(db, &err);
    else if (st == ST_OK && adding)
        st = user_add(db, argv[2], options, &err);
    else if (st == ST_OK && password)
        st = user_passwd(db, argv[2], &err);
    else if (st == ST_OK)
        st = user_enable(db, argv[2], enable, &err);
    db_close(db);
    return st ? ctl_fail(&err) : 0;
}
