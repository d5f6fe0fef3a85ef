/* athanorctl: the administrator's program. One function a command; argv[0] is the command's name, settings are
 * loaded, the result is the exit code (0 good, 1 failed, 2 wrong usage). Errors are printed where they are met.
 */
#ifndef ATH_CTL_H
#define ATH_CTL_H

#include "../core/err.h"
#include "../db/db.h"

#include <limits.h>
#include <stdbool.h>

int ctl_init(int argc, char **argv);
int ctl_migrate(int argc, char **argv);
int ctl_user(int argc, char **argv);
int ctl_token(int argc, char **argv);
int ctl_backup(int argc, char **argv);
int ctl_doctor(int argc, char **argv);

/* --- shared (ctl_common.c) ---------------------------------------------------------------------------------- */

/* One option "--name value" (has_value) or "--name"; value stays NULL and present false when it is not given. */
struct ctl_option {
    const char *name;
    bool has_value;
    const char *value;
    bool present;
};
/* Takes the options out of argv; what is left, argv[1] on, are plain words. false after saying what is wrong. */
bool ctl_options(int *argc, char **argv, struct ctl_option *options, size_t n);
/* Prints text, hint and detail of an error; gives exit code 1. */
int ctl_fail(const struct err *err);
/* Database as owner: whoever may use athanorctl may do everything. */
enum status ctl_db_open(struct db **ret_db, struct err *err);
/* <var>/name of a setting that is empty by default. */
void ctl_path(char out[PATH_MAX], const char *setting, const char *below_var);
/* A password from the terminal (twice, without echo) or the first line of standard input. */
enum status ctl_password_read(char *out, size_t cap, struct err *err);

#endif
