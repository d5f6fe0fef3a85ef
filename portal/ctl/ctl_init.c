/* athanorctl init and migrate.
 *
 * init is harmless to repeat: with --superuser it makes the roles and the database where they are missing, then
 * migrates, then makes the first administrator if there is none. The random password is written to
 * <var>/admin-password (0600) before the account is made, so that it cannot be lost in between.
 */
#include "ctl.h"

#include "../auth/auth.h"
#include "../core/conf.h"
#include "../core/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int migrate(void)
{
    char dir[PATH_MAX];
    int applied = 0;
    struct err err = { 0 };
    ctl_path(dir, g_conf->migrations_dir, "share/migrations");
    if (db_migrate(dir, &applied, &err))
        return ctl_fail(&err);
    if (applied)
        (void)printf("%d migration%s applied\n", applied, applied == 1 ? "" : "s");
    else
        (void)printf("the schema is up to date\n");
    return 0;
}

int ctl_migrate(int argc, char **argv)
{
    if (!ctl_options(&argc, argv, NULL, 0) || argc > 1)
        return 2;
    return migrate();
}

static enum status admin_make(const char *login, struct err *err)
{
    struct db *db = NULL;
    ROWS_AUTO admins = NULL;
    ARENA_AUTO a = arena_new(1u << 20);
    char path[PATH_MAX], password[33] = { 0 }, id[ID_MAX];
    enum status st = ctl_db_open(&db, err);
    if (st == ST_OK)
        st = db_run0(db, SQL_ACCOUNT_ADMINS_LOCK, &admins, err);
    if (st || db_count(admins) > 0)
        goto out;
    password_random(password);
    ctl_path(path, NULL, "admin-password");
    password[strlen(password)] = '\n';
    st = file_write_atomic(path, password, strlen(password), 0600, err);
    password[strlen(password) - 1] = '\0';
    if (st == ST_OK)
        st = account_create(db, a,
                            &(struct account_new){
                                .login = login, .display_name = "Administrator", .admin = true, .password = password },
                            id, err);
    if (st == ST_OK)
        (void)printf("administrator \"%s\" made, the password is in %s\n", login, path);
    else
        (void)unlink(path);
out:
    explicit_bzero(password, sizeof password);
    db_close(db);
    return st;
}

int ctl_init(int argc, char **argv)
{
    struct ctl_option options[] = { { .name = "superuser", .has_value = true },
                                    { .name = "admin", .has_value = true },
                                    { .name = "no-admin" } };
    struct err err = { 0 };
    if (!ctl_options(&argc, argv, options, 3) || argc > 1)
        return 2;
    if (options[0].present && db_setup(options[0].value, &err))
        return ctl_fail(&err);
    int rc = migrate();
    if (rc || options[2].present)
        return rc;
    return admin_make(options[1].present ? options[1].value : "admin", &err) ? ctl_fail(&err) : 0;
}
