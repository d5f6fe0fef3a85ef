/* athanorctl: finds the command in the table and runs it. Settings come first, as in every program of the portal. */
#include "ctl.h"

#include "../auth/auth.h"
#include "../core/conf.h"
#include "../core/log.h"
#include "../core/str.h"

#include <stdio.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage, *summary;
} COMMANDS[] = {
    { "init", ctl_init, "[--superuser CONNECTION] [--admin LOGIN | --no-admin]",
      "make roles and database (with --superuser), migrate, make the first administrator" },
    { "migrate", ctl_migrate, "", "bring the schema to this version" },
    { "user", ctl_user,
      "list | add LOGIN [--name NAME] [--email E] [--admin] | passwd LOGIN | disable LOGIN | enable LOGIN",
      "people who sign in; passwords come from the terminal or standard input" },
    { "token", ctl_token, "list LOGIN | add LOGIN NAME [--scopes S,S] [--project ID] [--days N] | revoke ID",
      "API tokens" },
    { "backup", ctl_backup, "FILE", "dump the database, say what else to copy" },
    { "doctor", ctl_doctor, "", "look at every part and say what to do" },
};
#define N_COMMANDS (sizeof COMMANDS / sizeof COMMANDS[0])

static int usage(FILE *out)
{
    (void)fprintf(out, "athanorctl [--conf FILE] [--set NAME=VALUE]... [--show-config] COMMAND\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        (void)fprintf(out, "  %-8s %s\n           %s\n", COMMANDS[i].name, COMMANDS[i].usage, COMMANDS[i].summary);
    return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    struct err err = { 0 };
    log_init("athanorctl", LOG_WARN, 2, false);
    if (argc > 1 && (str_eq(argv[1], "help") || str_eq(argv[1], "--help") || str_eq(argv[1], "-h")))
        return usage(stdout);
    if (conf_load(&argc, argv, &err) || password_init(&err))
        return ctl_fail(&err);
    for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++) {
        if (str_eq(argv[1], COMMANDS[i].name))
            return COMMANDS[i].run(argc - 1, argv + 1);
    }
    return usage(stderr);
}
