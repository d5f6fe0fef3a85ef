/* Reads VAR/run/services (format: services.h) line by line into a struct stack.
 * Caveat: only root or the stack's owner may write that file; it names programs to run. */
#include "services.h"

#include "../../portal/core/buf.h"
#include "../../portal/core/file.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static bool signal_parse(const char *s, int *ret_sig)
{
    static const struct {
        const char *name;
        int sig;
    } rows[] = { { "TERM", SIGTERM }, { "INT", SIGINT }, { "QUIT", SIGQUIT } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_eq(s, rows[i].name)) {
            *ret_sig = rows[i].sig;
            return true;
        }
    return false;
}

static bool list_add(char **list, size_t *n, size_t max, const char *value)
{
    if (*n >= max || (list[*n] = strdup(value)) == NULL)
        return false;
    (*n)++;
    return true;
}

/* One "word rest" line for the current service; false when it is wrong. */
static bool line_apply(struct service *s, const char *word, const char *rest)
{
    int64_t v;
    if (str_eq(word, "user"))
        return str_fmt(s->user, sizeof s->user, "%s", rest);
    if (str_eq(word, "group"))
        return s->n_groups < 6 && str_fmt(s->groups[s->n_groups++], sizeof s->groups[0], "%s", rest);
    if (str_eq(word, "env"))
        return strchr(rest, '=') != NULL && list_add(s->env, &s->n_env, SERVICE_ENV_MAX, rest);
    if (str_eq(word, "arg"))
        return list_add(s->args, &s->n_args, SERVICE_ARGS_MAX, rest);
    if (str_eq(word, "ready"))
        return str_fmt(s->ready, sizeof s->ready, "%s", rest);
    if (str_eq(word, "stop"))
        return signal_parse(rest, &s->stop_signal);
    if (str_eq(word, "stop_wait")) {
        if (!num_i64(rest, 1, 600, &v))
            return false;
        s->stop_wait_ms = v * 1000;
        return true;
    }
    if (str_eq(word, "oneshot")) {
        s->oneshot = true;
        return rest[0] == '\0';
    }
    return false;
}

enum status services_load(struct stack *st, struct err *err)
{
    char path[PATH_LEN];
    BUF_AUTO b = { 0 };
    if (!str_fmt(path, sizeof path, "%s/run/services", st->var))
        return err_set(err, ST_INVALID, "the folder's name is too long");
    enum status rc = file_read(path, 1 << 20, &b, err);
    if (rc != ST_OK)
        return err_wrap(err, "reading the list of services");
    struct service *s = NULL;
    int no = 0;
    for (char *save = NULL, *line = strtok_r(b.p, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        no++;
        if (line[0] == '#')
            continue;
        char *rest = strchr(line, ' ');
        if (rest != NULL)
            *rest++ = '\0';
        else
            rest = line + strlen(line);
        bool ok;
        if (str_eq(line, "service")) {
            ok = st->n < SERVICES_MAX && str_is_slug(rest, SERVICE_NAME_LEN - 1);
            if (ok) {
                s = &st->svc[st->n++];
                s->stop_signal = SIGTERM;
                s->stop_wait_ms = 20000;
                ok = str_fmt(s->name, sizeof s->name, "%s", rest);
            }
        } else {
            ok = s != NULL && line_apply(s, line, rest);
        }
        if (!ok)
            return err_set(err, ST_INVALID, "services, entry line %d: cannot use \"%s %s\"", no, line, rest);
    }
    return ST_OK;
}
