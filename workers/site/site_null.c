/* A site that keeps jobs in files and runs nothing: for tests of everything that can go wrong between a worker
 * and a scheduler. Enabled only by settings.null_site.
 *
 * Folder <var>/null-site/<id>, which survives kill -9 like a scheduler does:
 *   jobs/<n>   one job, lines "name value": key, state (Slurm's words), reason, submit, start, end, exit, signal
 *   faults     one line each "<call> <fault> [argument]", used up from the top by the call it names:
 *                drop         do it, lose the answer          lose      do not do it, lose the answer
 *                slow <ms>    answer late                     reject <words>   throttle   unreachable
 *   down       while it exists every call is unreachable
 *   forget     milliseconds after which ended jobs are forgotten (as slurmctld does after MinJobAge)
 *   log        one line a call that had its effect: "submit <key> <n>", "cancel <n>"
 * Calls are submit, find, observe, control, info. Tests move jobs by rewriting their files.
 */
#include "fault.h"
#include "site.h"

#include "../../portal/core/buf.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/file.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct null_answer {
    enum site_outcome outcome;
    char job_id[SITE_JOB_ID_MAX];
    struct err err;
};

struct null_site {
    struct null_answer answers[SITE_WINDOW];
    unsigned sent, received;
    char dir[PATH_MAX - 64];
    int last; /* highest job number this handle has seen taken */
};

struct fault {
    char kind[16];
    char arg[128];
};

static void null_path(const struct site *s, char out[PATH_MAX], const char *rel)
{
    const struct null_site *own = s->own;
    (void)str_fmt(out, PATH_MAX, "%s/%s", own->dir, rel);
}

static enum status null_open(struct site *s, struct err *err)
{
    struct null_site *own = calloc(1, sizeof *own);
    if (!own)
        abort();
    s->own = own;
    char jobs[PATH_MAX];
    enum status st = ST_OK;
    if (!str_fmt(own->dir, sizeof own->dir, "%s/null-site/%s", g_conf->var, s->id))
        st = err_set(err, ST_INVALID, "the setting var is too long");
    null_path(s, jobs, "jobs");
    if (!st)
        st = dir_make(jobs, 0750, err);
    if (st)
        free(own);
    return st;
}

static void null_close(struct site *s)
{
    free(s->own);
}

static bool null_exists(const struct site *s, const char *rel)
{
    char path[PATH_MAX];
    null_path(s, path, rel);
    return access(path, F_OK) == 0;
}

/* Takes the first fault meant for this call out of the file. */
static bool fault_take(const struct site *s, const char *call, struct fault *ret_f)
{
    char path[PATH_MAX];
    null_path(s, path, "faults");
    BUF_AUTO b = { 0 };
    if (file_read(path, 65536, &b, NULL))
        return false;
    BUF_AUTO rest = { 0 };
    buf_init(&rest, 65536);
    bool found = false;
    char *save = NULL;
    for (char *line = strtok_r(b.p, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        size_t n = strlen(call);
        if (!found && strncmp(line, call, n) == 0 && line[n] == ' ') {
            char *kind = line + n + 1;
            char *arg = strchr(kind, ' ');
            if (arg)
                *arg++ = 0;
            (void)str_fmt(ret_f->kind, sizeof ret_f->kind, "%.15s", kind);
            (void)str_fmt(ret_f->arg, sizeof ret_f->arg, "%.127s", arg ? arg : "");
            found = true;
            continue;
        }
        buf_adds(&rest, line);
        buf_addc(&rest, '\n');
    }
    if (found)
        (void)file_write_atomic(path, rest.p ? rest.p : "", rest.len, 0640, NULL);
    return found;
}

/* What the call has to answer before (SITE_DONE: go on) and instead of its own answer (ret_drop). */
static enum site_outcome fault_apply(const struct site *s, const char *call, bool *ret_drop, struct err *err)
{
    *ret_drop = false;
    if (null_exists(s, "down")) {
        err_set(err, ST_UNAVAIL, "the null site is down");
        return SITE_UNREACHABLE;
    }
    struct fault f = { 0 };
    if (!fault_take(s, call, &f))
        return SITE_DONE;
    if (str_eq(f.kind, "slow")) {
        int64_t ms = 0;
        (void)num_i64(f.arg, 0, 3600000, &ms);
        clock_sleep_ms(ms < g_conf->helper_deadline ? ms : g_conf->helper_deadline);
        if (ms < g_conf->helper_deadline)
            return SITE_DONE;
        err_set(err, ST_UNAVAIL, "the null site gave no answer in time");
        return SITE_UNKNOWN;
    }
    if (str_eq(f.kind, "drop")) {
        *ret_drop = true;
        err_set(err, ST_UNAVAIL, "the null site did it and dropped its answer");
        return SITE_DONE;
    }
    if (str_eq(f.kind, "reject")) {
        err_set(err, ST_INVALID, "%s", f.arg[0] ? f.arg : "refused by script");
        return SITE_REJECTED;
    }
    if (str_eq(f.kind, "throttle")) {
        err_set(err, ST_THROTTLED, "the null site is full");
        return SITE_THROTTLED;
    }
    if (str_eq(f.kind, "lose")) {
        err_set(err, ST_UNAVAIL, "the null site lost the request");
        return SITE_UNKNOWN;
    }
    err_set(err, ST_UNAVAIL, "the null site is out of reach");
    return SITE_UNREACHABLE;
}

static void null_log(const struct site *s, const char *call, const char *what, const char *id)
{
    char path[PATH_MAX], line[256];
    null_path(s, path, "log");
    FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0 || !str_fmt(line, sizeof line, "%s %s %s\n", call, what, id))
        return;
    if (write(fd, line, strlen(line)) < 0)
        return;
}

static enum status job_save(const struct site *s, const struct site_obs *o, struct err *err)
{
    BUF_AUTO b = { 0 };
    buf_init(&b, 8192);
    buf_printf(&b, "key %s\nstate %s\nreason %s\nsubmit %lld\nstart %lld\nend %lld\nexit %lld\nsignal %lld\n", o->key,
               o->raw_state, o->reason, (long long)o->submit, (long long)o->start, (long long)o->end,
               (long long)o->exit_code, (long long)o->signal);
    char rel[128], path[PATH_MAX];
    (void)str_fmt(rel, sizeof rel, "jobs/%s", o->job_id);
    null_path(s, path, rel);
    return file_write_atomic(path, b.p, b.len, 0640, err);
}

static enum site_job_state null_state(const char *word)
{
    static const char *const words[] = { "PENDING", "HELD",    "RUNNING",       "COMPLETING", "COMPLETED",
                                         "FAILED",  "TIMEOUT", "OUT_OF_MEMORY", "CANCELLED",  "NODE_FAIL" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_eq(words[i], word))
            return (enum site_job_state)i;
    return SJ_PENDING;
}

static bool job_load(const struct site *s, const char *id, struct site_obs *ret_o)
{
    char rel[320], path[PATH_MAX];
    (void)str_fmt(rel, sizeof rel, "jobs/%s", id);
    null_path(s, path, rel);
    BUF_AUTO b = { 0 };
    if (file_read(path, 8192, &b, NULL))
        return false;
    struct site_obs o = { 0 };
    (void)str_fmt(o.job_id, sizeof o.job_id, "%.63s", id);
    char *save = NULL;
    for (char *line = strtok_r(b.p, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *v = strchr(line, ' ');
        if (!v)
            continue;
        *v++ = 0;
        int64_t n = 0;
        (void)num_i64(v, 0, INT64_MAX, &n);
        if (str_eq(line, "key"))
            (void)str_fmt(o.key, sizeof o.key, "%.63s", v);
        else if (str_eq(line, "state"))
            (void)str_fmt(o.raw_state, sizeof o.raw_state, "%.31s", v);
        else if (str_eq(line, "reason"))
            (void)str_fmt(o.reason, sizeof o.reason, "%.63s", v);
        else if (str_eq(line, "submit"))
            o.submit = n;
        else if (str_eq(line, "start"))
            o.start = n;
        else if (str_eq(line, "end"))
            o.end = n;
        else if (str_eq(line, "exit"))
            o.exit_code = n;
        else if (str_eq(line, "signal"))
            o.signal = n;
    }
    o.state = null_state(o.raw_state);
    *ret_o = o;
    return true;
}

static int obs_by_id(const void *a, const void *b)
{
    const struct site_obs *x = a, *y = b;
    long i = strtol(x->job_id, NULL, 10), k = strtol(y->job_id, NULL, 10);
    return i < k ? -1 : i > k;
}

/* All jobs the site still remembers. key: only these; NULL: all of our prefix. */
static void jobs_list(const struct site *s, const char *key, struct site_obs_list *ret_l)
{
    *ret_l = (struct site_obs_list){ 0 };
    char path[PATH_MAX];
    int64_t forget = -1;
    null_path(s, path, "forget");
    BUF_AUTO b = { 0 };
    if (!file_read(path, 64, &b, NULL)) {
        b.p[strcspn(b.p, "\n")] = 0;
        (void)num_i64(b.p, 0, INT64_MAX, &forget);
    }
    null_path(s, path, "jobs");
    DIR *d = opendir(path);
    size_t cap = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        struct site_obs o;
        int64_t n;
        if (!num_i64(e->d_name, 1, INT32_MAX, &n) || !job_load(s, e->d_name, &o))
            continue;
        if (site_job_ended(o.state) && forget >= 0 && clock_wall_us() / 1000 > o.end * 1000 + forget) {
            (void)unlinkat(dirfd(d), e->d_name, 0);
            continue;
        }
        if (key ? !str_eq(o.key, key) : !str_starts(o.key, s->prefix))
            continue;
        if (ret_l->n == cap) {
            cap = cap ? cap * 2 : 64;
            ret_l->v = reallocarray(ret_l->v, cap, sizeof *ret_l->v);
            if (!ret_l->v)
                abort();
        }
        ret_l->v[ret_l->n++] = o;
    }
    if (d)
        (void)closedir(d);
    if (ret_l->n)
        qsort(ret_l->v, ret_l->n, sizeof *ret_l->v, obs_by_id);
}

static enum site_outcome null_info(struct site *s, struct site_info *ret_i, struct err *err)
{
    bool drop;
    enum site_outcome o = fault_apply(s, "info", &drop, err);
    if (o != SITE_DONE || drop)
        return SITE_UNREACHABLE;
    *ret_i = (struct site_info){ .version = "null",
                                 .cpus = 4,
                                 .nodes = 1,
                                 .nodes_up = 1,
                                 .cpus_idle = 4,
                                 .n_partitions = 1,
                                 .partition = { { .name = "null", .is_default = true } } };
    return SITE_DONE;
}

/* Takes the next free number by making its file. */
static enum status job_number(const struct site *s, char ret_id[SITE_JOB_ID_MAX], struct err *err)
{
    static const int limit = 1000000;
    struct null_site *own = s->own;
    for (int n = own->last + 1; n < limit; n++) {
        char rel[64], path[PATH_MAX];
        (void)str_fmt(rel, sizeof rel, "jobs/.n%d",
                      n); /* stays when the job is forgotten: numbers are never used again */
        null_path(s, path, rel);
        FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        own->last = n;
        if (fd >= 0) {
            (void)str_fmt(ret_id, SITE_JOB_ID_MAX, "%d", n);
            return ST_OK;
        }
        if (errno != EEXIST)
            return err_sys(err, errno, "the null site cannot take a job");
    }
    return err_set(err, ST_THROTTLED, "the null site is full");
}

static enum site_outcome null_submit(struct site *s, const struct site_job *j, char ret_job_id[SITE_JOB_ID_MAX],
                                     struct err *err)
{
    bool drop;
    enum site_outcome out = fault_apply(s, "submit", &drop, err);
    if (out != SITE_DONE)
        return out;
    struct site_obs o = { .submit = clock_wall_us() / 1000000, .start = 0 };
    (void)str_fmt(o.key, sizeof o.key, "%.63s", j->key);
    (void)str_fmt(o.raw_state, sizeof o.raw_state, "%s", j->hold ? "HELD" : "PENDING");
    (void)str_fmt(o.reason, sizeof o.reason, "%s", j->hold ? "JobHeldUser" : "Resources");
    if (job_number(s, o.job_id, err) || job_save(s, &o, err))
        return SITE_THROTTLED;
    null_log(s, "submit", o.key, o.job_id);
    fault_point("after_send");
    if (drop)
        return SITE_UNKNOWN;
    (void)str_fmt(ret_job_id, SITE_JOB_ID_MAX, "%s", o.job_id);
    return SITE_DONE;
}

/* It does the work when it is asked and keeps the answers until they are fetched. */
static enum site_outcome null_submit_send(struct site *s, const struct site_job *j, struct err *err)
{
    struct null_site *own = s->own;
    (void)err;
    struct null_answer *a = &own->answers[own->sent++ % SITE_WINDOW];
    *a = (struct null_answer){ 0 };
    a->outcome = null_submit(s, j, a->job_id, &a->err);
    return SITE_DONE;
}

static enum site_outcome null_submit_receive(struct site *s, char ret_job_id[SITE_JOB_ID_MAX], struct err *err)
{
    struct null_site *own = s->own;
    const struct null_answer *a = &own->answers[own->received++ % SITE_WINDOW];
    (void)str_fmt(ret_job_id, SITE_JOB_ID_MAX, "%s", a->job_id);
    if (a->outcome != SITE_DONE && err)
        *err = a->err;
    return a->outcome;
}

static enum site_outcome null_find(struct site *s, const char *key, struct site_obs_list *ret_l, struct err *err)
{
    *ret_l = (struct site_obs_list){ 0 };
    bool drop;
    enum site_outcome o = fault_apply(s, "find", &drop, err);
    if (o != SITE_DONE || drop)
        return SITE_UNREACHABLE;
    jobs_list(s, key, ret_l);
    return SITE_DONE;
}

static enum site_outcome null_observe(struct site *s, bool full, struct site_obs_list *ret_l, struct err *err)
{
    (void)full; /* it always looks at everything, which the contract allows */
    *ret_l = (struct site_obs_list){ 0 };
    bool drop;
    enum site_outcome o = fault_apply(s, "observe", &drop, err);
    if (o != SITE_DONE || drop)
        return SITE_UNREACHABLE;
    jobs_list(s, NULL, ret_l);
    return SITE_DONE;
}

static enum site_outcome null_control(struct site *s, const char *job_id, enum site_verb verb, struct err *err)
{
    bool drop;
    enum site_outcome out = fault_apply(s, "control", &drop, err);
    if (out != SITE_DONE)
        return out;
    struct site_obs o;
    if (!job_load(s, job_id, &o) || site_job_ended(o.state))
        return SITE_GONE;
    const char *state = o.raw_state, *reason = o.reason;
    if (verb == SITE_CANCEL) {
        state = "CANCELLED";
        reason = "";
        o.end = clock_wall_us() / 1000000;
    } else if (verb == SITE_HOLD && o.state == SJ_PENDING) {
        state = "HELD";
        reason = "JobHeldUser";
    } else if (verb == SITE_RELEASE && o.state == SJ_HELD) {
        state = "PENDING";
        reason = "Resources";
    } else if (verb == SITE_REQUEUE) {
        state = "PENDING";
        reason = "BeginTime";
        o.start = 0;
    }
    struct site_obs n = o;
    (void)str_fmt(n.raw_state, sizeof n.raw_state, "%s", state);
    (void)str_fmt(n.reason, sizeof n.reason, "%s", reason);
    if (job_save(s, &n, err))
        return SITE_UNREACHABLE;
    null_log(s, site_verb_name(verb), job_id, "");
    return drop ? SITE_UNKNOWN : SITE_DONE;
}

const struct site_ops site_null_ops = { .kind = "null",
                                        .open = null_open,
                                        .close = null_close,
                                        .info = null_info,
                                        .submit_send = null_submit_send,
                                        .submit_receive = null_submit_receive,
                                        .find = null_find,
                                        .observe = null_observe,
                                        .control = null_control };
