/* What several commands of athanorctl need: options, errors in words, the database, passwords. */
#include "ctl.h"

#include "../auth/auth.h"
#include "../core/conf.h"
#include "../core/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

bool ctl_options(int *argc, char **argv, struct ctl_option *options, size_t n)
{
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        struct ctl_option *found = NULL;
        if (!str_starts(argv[i], "--")) {
            argv[kept++] = argv[i];
            continue;
        }
        for (size_t k = 0; k < n && !found; k++)
            found = str_eq(argv[i] + 2, options[k].name) ? &options[k] : NULL;
        if (!found || (found->has_value && i + 1 == *argc)) {
            (void)fprintf(stderr, "athanorctl: %s %s\n", argv[i], found ? "needs a value" : "is not known here");
            return false;
        }
        found->present = true;
        if (found->has_value)
            found->value = argv[++i];
    }
    *argc = kept;
    argv[kept] = NULL;
    return true;
}

int ctl_fail(const struct err *err)
{
    (void)fprintf(stderr, "athanorctl: %s\n", err->text);
    if (err->detail[0])
        (void)fprintf(stderr, "  (%s)\n", err->detail);
    if (err->hint[0])
        (void)fprintf(stderr, "  %s\n", err->hint);
    return 1;
}

enum status ctl_db_open(struct db **ret_db, struct err *err)
{
    return db_open(DB_OWNER, "athanorctl", ret_db, err);
}

void ctl_path(char out[PATH_MAX], const char *setting, const char *below_var)
{
    if (setting && setting[0])
        (void)snprintf(out, PATH_MAX, "%s", setting);
    else
        (void)snprintf(out, PATH_MAX, "%s/%s", g_conf->var, below_var);
}

static enum status line_read(char *out, size_t cap, struct err *err)
{
    if (!fgets(out, (int)cap, stdin))
        return err_field(err, ST_INVALID, "no_password", NULL, "No password was given.");
    size_t n = strcspn(out, "\n");
    if (out[n] != '\n' && n + 1 == cap)
        return err_field(err, ST_INVALID, "too_long", NULL, "The password is too long.");
    out[n] = '\0';
    return ST_OK;
}

enum status ctl_password_read(char *out, size_t cap, struct err *err)
{
    struct termios shown, hidden;
    if (!isatty(0) || tcgetattr(0, &shown) != 0)
        return line_read(out, cap, err);
    char again[AUTH_PASSWORD_MAX + 2];
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(0, TCSAFLUSH, &hidden);
    (void)fprintf(stderr, "Password: ");
    enum status st = line_read(out, cap, err);
    if (st == ST_OK) {
        (void)fprintf(stderr, "\nAgain: ");
        st = line_read(again, sizeof again, err);
    }
    (void)fprintf(stderr, "\n");
    (void)tcsetattr(0, TCSAFLUSH, &shown);
    if (st == ST_OK && !str_eq(out, again))
        st = err_field(err, ST_INVALID, "mistyped", NULL, "The two passwords differ.");
    explicit_bzero(again, sizeof again);
    return st;
}
