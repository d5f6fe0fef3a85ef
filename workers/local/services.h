/* The list of services of one stack: VAR/run/services, written by up.sh.
 *
 *   service NAME            starts an entry; the others below belong to it
 *   user NAME               only when started as root
 *   group NAME              further groups (none are inherited), at most 6
 *   env NAME=value
 *   arg TEXT                one argument a line, taken as it is; the first is the program's path
 *   ready PATH              ready when this exists; without it: when started
 *   stop TERM|INT|QUIT      signal that asks it to end (default TERM)
 *   stop_wait SECONDS       then SIGKILL (default 20)
 *   oneshot                 runs to its end; ready when it exited 0; tried again like a service that ended
 *
 * Empty lines and lines that begin with # are skipped; anything else is an error.
 */
#ifndef ATH_LOCAL_SERVICES_H
#define ATH_LOCAL_SERVICES_H

#include "../../portal/core/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PATH_LEN         (PATH_MAX + 64)
#define SERVICE_NAME_LEN 32
#define SERVICE_ENV_MAX  16
#define SERVICE_ARGS_MAX 32
#define SERVICES_MAX     64

enum service_state { SERVICE_STOPPED, SERVICE_RUNNING, SERVICE_DONE, SERVICE_FAILED };

struct service {
    char name[SERVICE_NAME_LEN];
    char user[64];
    char groups[6][64];
    size_t n_groups;
    char *env[SERVICE_ENV_MAX];
    size_t n_env;
    char *args[SERVICE_ARGS_MAX + 1];
    size_t n_args;
    char ready[PATH_MAX];
    int stop_signal;
    int64_t stop_wait_ms;
    bool oneshot;
    /* run time */
    enum service_state state;
    pid_t pid;
    int restarts;
    int64_t window_ms, retry_ms;
};

struct stack {
    char var[PATH_MAX];
    struct service svc[SERVICES_MAX];
    size_t n;
};

/* Needs st->var. Strings live as long as the process. ST_INVALID names the line. */
enum status services_load(struct stack *st, struct err *err);

#endif
