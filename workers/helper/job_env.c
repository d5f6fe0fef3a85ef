/* What run.sh sees: the file `env` of the run folder, a few names of the scheduler's, and our own ATH_ names, which
 * win. Nothing else of this process's environment gets through.
 */
#include "job.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/file.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENV_BYTES_MAX  (1 << 20)
#define ENV_NAMES_MAX  1000
#define SPEC_BYTES_MAX (4 << 20)
/* When the template names no margin (ATH_MARGIN_S): time for a checkpoint and the analysis after it. */
#define MARGIN_DEFAULT_S 120
#define ALIVE_DEFAULT_MS 10000

extern char **environ;

struct env_list {
    char **v;
    size_t n;
};

static const char *env_find(const struct env_list *e, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < e->n; i++) {
        if (strncmp(e->v[i], name, len) == 0 && e->v[i][len] == '=')
            return e->v[i] + len + 1;
    }
    return NULL;
}

/* Takes "NAME=value"; a later one of the same name wins. */
static enum status env_put(struct env_list *e, const char *pair, struct err *err)
{
    const char *eq = strchr(pair, '=');
    size_t len = eq ? (size_t)(eq - pair) : 0;
    if (len == 0 || isdigit((unsigned char)pair[0]))
        return err_set(err, ST_INVALID, "the environment file holds something that is not NAME=value");
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)pair[i]) && pair[i] != '_')
            return err_set(err, ST_INVALID, "the environment file holds a name that is not letters, digits and _");
    }
    char *copy = strdup(pair);
    if (!copy)
        return err_set(err, ST_FATAL, "out of memory");
    for (size_t i = 0; i < e->n; i++) {
        if (strncmp(e->v[i], pair, len + 1) == 0) {
            free(e->v[i]);
            e->v[i] = copy;
            return ST_OK;
        }
    }
    if (e->n >= ENV_NAMES_MAX) {
        free(copy);
        return err_set(err, ST_TOOBIG, "more than %d names in the environment", ENV_NAMES_MAX);
    }
    e->v[e->n++] = copy;
    return ST_OK;
}

static enum status env_putf(struct env_list *e, struct err *err, const char *name, const char *value)
{
    char pair[JOB_PATH_MAX + 64];
    if (!str_fmt(pair, sizeof pair, "%s=%s", name, value))
        return err_set(err, ST_TOOBIG, "%s is too long", name);
    return env_put(e, pair, err);
}

static enum status env_puti(struct env_list *e, struct err *err, const char *name, int64_t v)
{
    char text[24];
    (void)str_fmt(text, sizeof text, "%lld", (long long)v);
    return env_putf(e, err, name, text);
}

static enum status env_load(struct env_list *e, struct err *err)
{
    BUF_AUTO b = { 0 };
    enum status st = file_read("env", ENV_BYTES_MAX, &b, err);
    if (!st && b.len > 0 && b.p[b.len - 1] != '\0')
        return err_set(err, ST_INVALID, "the environment file is cut short");
    for (size_t at = 0; !st && at < b.len; at += strlen(b.p + at) + 1)
        st = env_put(e, b.p + at, err);
    return st;
}

static bool env_passes(const char *pair)
{
    return str_starts(pair, "SLURM_") || str_starts(pair, "CUDA_VISIBLE_DEVICES=") ||
           str_starts(pair, "ROCR_VISIBLE_DEVICES=") || str_starts(pair, "TMPDIR=");
}

/* The first of the names that is a whole number, else `fallback`. */
static int64_t own_number(const char *const *names, int64_t fallback)
{
    for (; *names; names++) {
        const char *v = getenv(*names);
        int64_t n;
        if (v && num_i64(v, 0, INT32_MAX, &n))
            return n;
    }
    return fallback;
}

static int64_t gpu_count(void)
{
    static const char *const names[] = { "SLURM_GPUS_ON_NODE", NULL };
    const char *list = getenv("CUDA_VISIBLE_DEVICES");
    int64_t n = list && *list ? 1 : 0;
    for (; n && *list; list++)
        n += *list == ',';
    return own_number(names, n);
}

/* The scheduler's end of time is known exactly on newer Slurm only; else it is counted from now, which is the start of
 * the job. A short walltime keeps three quarters for work. */
static void deadline_set(struct job *j)
{
    static const char *const names[] = { "SLURM_JOB_END_TIME", NULL };
    const char *text = getenv(names[0]);
    int64_t now = clock_wall_us() / 1000000, end = 0;
    if (!text || !num_i64(text, now, INT64_MAX, &end))
        end = j->walltime_s ? now + j->walltime_s : 0;
    if (!end)
        return;
    int64_t margin = j->margin_s;
    if (margin > (end - now) / 4)
        margin = (end - now) / 4;
    j->deadline_s = end - margin;
}

static enum status env_add_own(struct job *j, struct env_list *e, struct err *err)
{
    static const char *const cpus[] = { "SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE", NULL };
    char home[JOB_PATH_MAX];
    enum status st = ST_OK;

    for (char **p = environ; !st && *p; p++) {
        if (env_passes(*p))
            st = env_put(e, *p, err);
    }
    if (!str_fmt(home, sizeof home, "%s/work", j->run_dir))
        return err_set(err, ST_INVALID, "the path of the run folder is too long");
    deadline_set(j);
    if (!st)
        st = env_putf(e, err, "HOME", home);
    if (!st)
        st = env_putf(e, err, "ATH_RUN_DIR", j->run_dir);
    if (!st)
        st = env_puti(e, err, "ATH_ATTEMPT", j->attempt);
    if (!st)
        st = env_puti(e, err, "ATH_CPUS", own_number(cpus, sysconf(_SC_NPROCESSORS_ONLN)));
    if (!st)
        st = env_puti(e, err, "ATH_GPUS", gpu_count());
    if (!st)
        st = env_puti(e, err, "ATH_DEADLINE", j->deadline_s);
    return st;
}

enum status job_env_build(struct job *j, char ***ret_env, struct err *err)
{
    struct env_list e = { .v = calloc(ENV_NAMES_MAX + 1, sizeof(char *)) };
    int64_t seconds;
    double beat;

    if (!e.v)
        return err_set(err, ST_FATAL, "out of memory");
    enum status st = env_load(&e, err);
    if (!st) {
        const char *margin = env_find(&e, "ATH_MARGIN_S"), *alive = env_find(&e, "ATH_ALIVE_S");
        j->margin_s = margin && num_i64(margin, 0, 86400, &seconds) ? seconds : MARGIN_DEFAULT_S;
        j->alive_ms = alive && num_double(alive, 0.05, 3600, &beat) ? (int64_t)(beat * 1000) : ALIVE_DEFAULT_MS;
        st = env_add_own(j, &e, err);
    }
    if (st) {
        job_env_free(e.v);
        return st;
    }
    *ret_env = e.v;
    return ST_OK;
}

void job_env_free(char **env)
{
    for (size_t i = 0; env && env[i]; i++)
        free(env[i]);
    free(env);
}

enum status job_spec_read(struct job *j, struct err *err)
{
    BUF_AUTO b = { 0 };
    json_error_t je;
    const char *key = "";
    json_int_t attempt = 0, walltime = 0;

    enum status st = file_read("run.json", SPEC_BYTES_MAX, &b, err);
    if (st)
        return st;
    json_t *root = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, &je);
    if (!root ||
        json_unpack(root, "{s:s, s:I, s?{s?I}}", "key", &key, "attempt", &attempt, "resources", "walltime_s",
                    &walltime) ||
        !str_fmt(j->key, sizeof j->key, "%s", key)) {
        json_decref(root);
        return err_set(err, ST_INVALID, "run.json is not a description of a run");
    }
    j->walltime_s = walltime > 0 ? walltime : 0;
    json_decref(root);
    /* The folder has moved on to a later attempt: whoever still starts this one is a duplicate. */
    if (attempt != j->attempt)
        return err_set(err, ST_CONFLICT, "the run is at attempt %lld, not %d", (long long)attempt, j->attempt);
    return ST_OK;
}
