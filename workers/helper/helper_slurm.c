/* helper-slurm: the only program that links libslurm (and so carries its licence).
 *
 * Purpose: answers frames on standard input with frames on standard output (slurm_proto.h, docs/contracts.md section
 * 6). Flow:    slurm_init, HELLO both ways, then one request at a time until end of stream. Caveats: libslurm may block
 * for many seconds or call exit(); both are the user's business, who puts a deadline on every call and starts a new
 * helper. So this program keeps no state between requests. What libslurm prints goes to standard error, never between
 * the frames. Memory it returns is freed only by its own functions.
 */
#include "slurm_proto.h"
#include "../../portal/core/buf.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/err.h"
#include "../../portal/core/frame.h"
#include "../../portal/core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT_MAX   65536
#define PATH_MAX_LEN 4096
#define NAME_LEN     256
/* The batch script is told this long before its time ends, so that the engine can write a checkpoint. */
#define WARN_SECONDS 120

/* Exported by libslurm 22.05 but declared only in Slurm's own tree. */
extern char *slurm_job_reason_string(enum job_state_reason reason);

/* ---- tests ---- */

/* Tests: ATHANOR_HELPER_FAULT=point:file ends this process at the named point as kill -9 does, once: the file
 * remembers. */
static void helper_fault(const char *point)
{
    const char *set = getenv("ATHANOR_HELPER_FAULT");
    size_t n = strlen(point);
    if (!set || strncmp(set, point, n) != 0 || set[n] != ':')
        return;
    int fd = open(set + n + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return;
    (void)close(fd);
    (void)raise(SIGKILL);
}

/* ---- errors ---- */

struct slurm_fault {
    int num;
    enum status st;
    const char *code;
};

/* Not listed: an error of the controller's own range is a refusal for good, for it has answered and said no; any other
 * (sockets, munge) leaves open what has happened.
 */
#define CTLD_ERROR_MIN 2000
#define CTLD_ERROR_MAX 2999
static const struct slurm_fault g_faults[] = {
    { SLURM_COMMUNICATIONS_CONNECTION_ERROR, ST_UNAVAIL, SLURM_E_UNREACHABLE },
    { SLURMCTLD_COMMUNICATIONS_CONNECTION_ERROR, ST_UNAVAIL, SLURM_E_UNREACHABLE },
    { SLURM_COMMUNICATIONS_MISSING_SOCKET_ERROR, ST_UNAVAIL, SLURM_E_UNREACHABLE },
    { ECONNREFUSED, ST_UNAVAIL, SLURM_E_UNREACHABLE },
    { ESLURM_IN_STANDBY_MODE, ST_UNAVAIL, SLURM_E_UNREACHABLE },
    { EAGAIN, ST_RETRY, SLURM_E_BUSY }, /* MaxJobCount reached */
    { ESLURM_NODES_BUSY, ST_RETRY, SLURM_E_BUSY },
    { ESLURM_SUBMISSIONS_DISABLED, ST_RETRY, SLURM_E_BUSY },
    { ESLURM_PARTITION_NOT_AVAIL, ST_RETRY, SLURM_E_BUSY },
    { ESLURM_TRANSITION_STATE_NO_UPDATE, ST_RETRY, SLURM_E_BUSY },
    { ESLURM_PROLOG_RUNNING, ST_RETRY, SLURM_E_BUSY },
    { ESLURM_WRITING_TO_FILE, ST_RETRY, SLURM_E_BUSY },
    { ESLURM_ACCESS_DENIED, ST_DENIED, SLURM_E_REFUSED },
    { ESLURM_INVALID_JOB_ID, ST_NOTFOUND, SLURM_E_REFUSED },
    { ESLURM_JOB_PENDING, ST_CONFLICT, SLURM_E_REFUSED },
    { ESLURM_JOB_NOT_PENDING, ST_CONFLICT, SLURM_E_REFUSED },
    { ESLURM_JOB_NOT_PENDING_NOR_RUNNING, ST_CONFLICT, SLURM_E_REFUSED },
    { ESLURM_JOB_FINISHED, ST_CONFLICT, SLURM_E_REFUSED },
    { ESLURM_JOB_STARTED, ST_CONFLICT, SLURM_E_REFUSED },
    { ESLURM_ALREADY_DONE, ST_CONFLICT, SLURM_E_REFUSED },
    { ESLURM_DISABLED, ST_CONFLICT, SLURM_E_REFUSED },
};

static enum status slurm_fault_set(struct err *err, const char *what)
{
    int num = slurm_get_errno();
    bool answered = num >= CTLD_ERROR_MIN && num <= CTLD_ERROR_MAX;
    enum status st = answered ? ST_INVALID : ST_UNAVAIL;
    const char *code = answered ? SLURM_E_REFUSED : SLURM_E_NO_ANSWER;
    for (size_t i = 0; i < sizeof g_faults / sizeof *g_faults; i++) {
        if (g_faults[i].num == num) {
            st = g_faults[i].st;
            code = g_faults[i].code;
        }
    }
    const char *text = slurm_strerror(num);
    return err_field(err, st, code, NULL, "Slurm could not %s: %s", what, text ? text : "no reason given");
}

/* ---- INFO ---- */

/* "gpu:2", "gpu:a100:4(S:0-1)", several separated by commas: counts the GPUs. */
static int64_t gres_gpus(const char *gres)
{
    int64_t sum = 0;
    for (const char *p = gres; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        if (strncmp(p, "gpu", 3) != 0 || (p[3] != ':' && p[3] != '(' && p[3] != ',' && p[3] != '\0'))
            continue;
        const char *end = p + strcspn(p, "(,");
        const char *colon = NULL;
        for (const char *q = p; q < end; q++) {
            if (*q == ':')
                colon = q;
        }
        sum += colon ? strtol(colon + 1, NULL, 10) : 1;
    }
    return sum;
}

struct node_sums {
    int64_t cpus, gpus, nodes, up, idle;
};

static bool node_is_up(uint32_t state)
{
    uint32_t base = state & NODE_STATE_BASE;
    return (base == NODE_STATE_IDLE || base == NODE_STATE_ALLOCATED || base == NODE_STATE_MIXED) &&
           !(state & (NODE_STATE_DRAIN | NODE_STATE_NO_RESPOND | NODE_STATE_FAIL));
}

static void nodes_add(const node_info_msg_t *msg, struct node_sums *ret_s)
{
    for (uint32_t i = 0; i < msg->record_count; i++) {
        const node_info_t *n = &msg->node_array[i];
        if (!n->name)
            continue;
        ret_s->nodes++;
        ret_s->cpus += n->cpus;
        ret_s->gpus += gres_gpus(n->gres);
        if (!node_is_up(n->node_state))
            continue;
        uint16_t used = 0;
        (void)slurm_get_select_nodeinfo(n->select_nodeinfo, SELECT_NODEDATA_SUBCNT, NODE_STATE_ALLOCATED, &used);
        ret_s->up++;
        ret_s->idle += n->cpus > used ? n->cpus - used : 0;
    }
}

static enum status answer_info(struct frame_reader *in, struct buf *out, struct err *err)
{
    partition_info_msg_t *parts = NULL;
    node_info_msg_t *nodes = NULL;
    struct node_sums sums = { 0 };
    enum status st = ST_OK;

    if (!frame_end(in))
        return err_set(err, ST_INVALID, "an INFO request has no fields");
    if (slurm_load_partitions(0, &parts, SHOW_ALL) || slurm_load_node(0, &nodes, SHOW_ALL)) {
        st = slurm_fault_set(err, "tell of its nodes");
        goto done;
    }
    nodes_add(nodes, &sums);

    long v = slurm_api_version();
    char version[32];
    (void)str_fmt(version, sizeof version, "%ld.%02ld.%ld", (v >> 16) & 0xff, (v >> 8) & 0xff, v & 0xff);
    size_t start = out->len;
    frame_begin(out, SLURM_INFO + 1);
    frame_add_str(out, version);
    frame_add_i64(out, sums.cpus);
    frame_add_i64(out, sums.gpus);
    frame_add_i64(out, sums.nodes);
    frame_add_i64(out, sums.up);
    frame_add_i64(out, sums.idle);
    frame_add_i64(out, parts->record_count);
    for (uint32_t i = 0; i < parts->record_count; i++) {
        const partition_info_t *p = &parts->partition_array[i];
        frame_add_str(out, p->name);
        frame_add_i64(out, p->max_time == INFINITE ? 0 : (int64_t)p->max_time * 60);
        frame_add_i64(out, (p->flags & PART_FLAG_DEFAULT) != 0);
    }
    frame_finish(out, start);
done:
    if (parts)
        slurm_free_partition_info_msg(parts);
    if (nodes)
        slurm_free_node_info_msg(nodes);
    return st;
}

/* ---- SUBMIT ---- */

struct submit {
    char key[NAME_LEN], work_dir[PATH_MAX_LEN], script[SCRIPT_MAX], out[PATH_MAX_LEN], err[PATH_MAX_LEN];
    char partition[NAME_LEN], account[NAME_LEN], qos[NAME_LEN], gres[32];
    int64_t nodes, cpus, gpus, memory_mb, time_s, hold;
};

static enum status submit_read(struct frame_reader *in, struct submit *s, struct err *err)
{
    frame_str(in, s->key, sizeof s->key);
    frame_str(in, s->work_dir, sizeof s->work_dir);
    frame_str(in, s->script, sizeof s->script);
    frame_str(in, s->out, sizeof s->out);
    frame_str(in, s->err, sizeof s->err);
    frame_str(in, s->partition, sizeof s->partition);
    frame_str(in, s->account, sizeof s->account);
    frame_str(in, s->qos, sizeof s->qos);
    s->nodes = frame_i64(in);
    s->cpus = frame_i64(in);
    s->gpus = frame_i64(in);
    s->memory_mb = frame_i64(in);
    s->time_s = frame_i64(in);
    s->hold = frame_i64(in);
    if (!frame_end(in))
        return err_set(err, ST_INVALID, "a SUBMIT request is malformed or over a limit of length");
    if (!s->key[0] || !s->script[0] || s->work_dir[0] != '/')
        return err_set(err, ST_INVALID, "a SUBMIT request needs a key, a script and an absolute folder");
    static const struct {
        const char *name;
        size_t at;
        int64_t min, max;
    } bounds[] = {
        { "nodes", offsetof(struct submit, nodes), 1, 100000 },
        { "cpus", offsetof(struct submit, cpus), 1, 65000 },
        { "gpus", offsetof(struct submit, gpus), 0, 1000 },
        { "memory_mb", offsetof(struct submit, memory_mb), 0, INT64_C(1) << 32 },
        { "time_s", offsetof(struct submit, time_s), 1, INT64_C(366) * 86400 },
    };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        int64_t v = *(const int64_t *)((const char *)s + bounds[i].at);
        if (v < bounds[i].min || v > bounds[i].max)
            return err_field(err, ST_INVALID, "out_of_range", bounds[i].name, "%s must be %lld to %lld, not %lld",
                             bounds[i].name, (long long)bounds[i].min, (long long)bounds[i].max, (long long)v);
    }
    return ST_OK;
}

static char *or_null(char *s)
{
    return s[0] ? s : NULL;
}

/* The descriptor borrows from s; libslurm only reads it. */
static void submit_describe(struct submit *s, job_desc_msg_t *ret_d)
{
    /* Built from nothing: ours must not reach the job. The SLURM_ names are those that sbatch, not Slurm, would set. */
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", lang[] = "LANG=C.UTF-8";
    static char cpus[40], name[NAME_LEN + 20];
    static char *job_env[] = { path, lang, cpus, name, NULL };

    (void)str_fmt(cpus, sizeof cpus, "SLURM_CPUS_PER_TASK=%lld", (long long)s->cpus);
    (void)str_fmt(name, sizeof name, "SLURM_JOB_NAME=%s", s->key);
    slurm_init_job_desc_msg(ret_d);
    ret_d->name = s->key;
    ret_d->comment = s->key;
    ret_d->script = s->script;
    ret_d->work_dir = s->work_dir;
    ret_d->std_in = "/dev/null";
    ret_d->std_out = or_null(s->out);
    ret_d->std_err = or_null(s->err);
    ret_d->open_mode = OPEN_MODE_APPEND;
    ret_d->environment = job_env;
    ret_d->env_size = sizeof job_env / sizeof *job_env - 1;
    ret_d->user_id = getuid();
    ret_d->group_id = getgid();
    ret_d->partition = or_null(s->partition);
    ret_d->account = or_null(s->account);
    ret_d->qos = or_null(s->qos);
    ret_d->min_nodes = (uint32_t)s->nodes;
    ret_d->max_nodes = (uint32_t)s->nodes;
    ret_d->num_tasks = (uint32_t)s->nodes;
    ret_d->ntasks_per_node = 1;
    ret_d->cpus_per_task = (uint16_t)s->cpus;
    ret_d->min_cpus = (uint32_t)(s->nodes * s->cpus);
    if (s->gpus > 0) {
        (void)str_fmt(s->gres, sizeof s->gres, "gres:gpu:%lld", (long long)s->gpus);
        ret_d->tres_per_node = s->gres;
    }
    if (s->memory_mb > 0)
        ret_d->pn_min_memory = (uint64_t)s->memory_mb;
    ret_d->time_limit = (uint32_t)((s->time_s + 59) / 60); /* Slurm counts in minutes */
    if (s->time_s > WARN_SECONDS) {
        ret_d->warn_signal = SIGTERM;
        ret_d->warn_time = WARN_SECONDS;
        ret_d->warn_flags = KILL_JOB_BATCH;
    }
    /* A job restarted after a node failure keeps its id, hence its claim, and continues from its checkpoint. */
    ret_d->requeue = 1;
    if (s->hold)
        ret_d->priority = 0;
}

static enum status answer_submit(struct frame_reader *in, struct buf *out, struct err *err)
{
    static struct submit s;
    job_desc_msg_t desc;
    submit_response_msg_t *reply = NULL;

    memset(&s, 0, sizeof s);
    enum status st = submit_read(in, &s, err);
    if (st)
        return st;
    submit_describe(&s, &desc);
    helper_fault("helper_before_submit");
    if (slurm_submit_batch_job(&desc, &reply))
        return slurm_fault_set(err, "take the job");
    helper_fault("helper_after_submit");

    size_t start = out->len;
    frame_begin(out, SLURM_SUBMIT + 1);
    frame_add_i64(out, reply->job_id);
    frame_add_str(out, reply->error_code && !reply->job_submit_user_msg ? slurm_strerror((int)reply->error_code)
                                                                        : reply->job_submit_user_msg);
    frame_finish(out, start);
    slurm_free_submit_response_response_msg(reply);
    return ST_OK;
}

/* ---- JOBS ---- */

/* One word: a job still being cleaned up is COMPLETING whatever it will have been, as squeue shows it. */
static const char *job_state_word(uint32_t state)
{
    static const char *const words[] = {
        "PENDING", "RUNNING",   "SUSPENDED", "COMPLETED", "CANCELLED", "FAILED",
        "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "DEADLINE",  "OUT_OF_MEMORY"
    };
    uint32_t base = state & JOB_STATE_BASE;
    if (state & JOB_COMPLETING)
        return "COMPLETING";
    if (state & JOB_CONFIGURING)
        return "CONFIGURING";
    return base < sizeof words / sizeof *words ? words[base] : "UNKNOWN";
}

static void job_add(struct buf *out, const job_info_t *j)
{
    int status = (int)j->exit_code;
    frame_add_i64(out, j->job_id);
    frame_add_str(out, j->name);
    frame_add_str(out, job_state_word(j->job_state));
    frame_add_str(out, j->state_desc ? j->state_desc : slurm_job_reason_string((enum job_state_reason)j->state_reason));
    frame_add_i64(out, j->submit_time);
    frame_add_i64(out, j->eligible_time);
    frame_add_i64(out, j->start_time);
    frame_add_i64(out, j->end_time);
    frame_add_i64(out, WIFEXITED(status) ? WEXITSTATUS(status) : 0);
    frame_add_i64(out, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    frame_add_i64(out, j->restart_cnt);
    frame_add_str(out, j->nodes);
    frame_add_i64(out, j->priority);
}

static void jobs_head(struct buf *out, int64_t update_time, bool unchanged, int64_t count)
{
    frame_begin(out, SLURM_JOBS + 1);
    frame_add_i64(out, update_time);
    frame_add_i64(out, unchanged);
    frame_add_i64(out, count);
}

static enum status answer_jobs(struct frame_reader *in, struct buf *out, struct err *err)
{
    char prefix[NAME_LEN];
    job_info_msg_t *msg = NULL;
    size_t start = out->len;
    int64_t count = 0;

    int64_t last = frame_i64(in);
    frame_str(in, prefix, sizeof prefix);
    if (!frame_end(in) || last < 0)
        return err_set(err, ST_INVALID, "a JOBS request is malformed");

    if (slurm_load_jobs((time_t)last, &msg, SHOW_ALL)) {
        if (slurm_get_errno() != SLURM_NO_CHANGE_IN_DATA)
            return slurm_fault_set(err, "list its jobs");
        jobs_head(out, last, true, 0);
        frame_finish(out, start);
        return ST_OK;
    }
    for (uint32_t i = 0; i < msg->record_count; i++) {
        const job_info_t *j = &msg->job_array[i];
        count += j->name && str_starts(j->name, prefix);
    }
    jobs_head(out, msg->last_update, false, count);
    for (uint32_t i = 0; i < msg->record_count; i++) {
        const job_info_t *j = &msg->job_array[i];
        if (j->name && str_starts(j->name, prefix))
            job_add(out, j);
    }
    frame_finish(out, start);
    slurm_free_job_info_msg(msg);
    return ST_OK;
}

/* ---- CONTROL ---- */

/* Slurm's cancel: SIGTERM to every process of the job, SIGKILL after the site's KillWait. Another signal goes
 * to the batch script alone. */
static int job_cancel(uint32_t id, int64_t sig)
{
    char text[16];
    (void)str_fmt(text, sizeof text, "%u", id);
    if (sig == 0)
        return slurm_kill_job2(text, SIGKILL, 0, NULL);
    return slurm_kill_job2(text, (uint16_t)sig, KILL_JOB_BATCH, NULL);
}

static int job_set_priority(uint32_t id, uint32_t priority)
{
    job_desc_msg_t d;
    slurm_init_job_desc_msg(&d);
    d.job_id = id;
    d.priority = priority;
    d.alloc_sid = 0;
    return slurm_update_job(&d);
}

static enum status answer_control(struct frame_reader *in, struct buf *out, struct err *err)
{
    char verb[16], what[48];
    int64_t id = frame_i64(in);
    frame_str(in, verb, sizeof verb);
    int64_t sig = frame_i64(in);
    if (!frame_end(in) || id < 1 || id >= NO_VAL || sig < 0 || sig > 64)
        return err_set(err, ST_INVALID, "a CONTROL request is malformed");

    int rc;
    if (str_eq(verb, "cancel"))
        rc = job_cancel((uint32_t)id, sig);
    else if (str_eq(verb, "hold"))
        rc = job_set_priority((uint32_t)id, 0);
    else if (str_eq(verb, "release"))
        rc = job_set_priority((uint32_t)id, INFINITE);
    else if (str_eq(verb, "requeue"))
        rc = slurm_requeue((uint32_t)id, 0);
    else
        return err_field(err, ST_INVALID, "unknown_verb", "verb", "a job can be cancelled, held, released or requeued");

    int num = rc ? slurm_get_errno() : 0;
    bool gone = num == ESLURM_INVALID_JOB_ID || num == ESLURM_ALREADY_DONE || num == ESLURM_JOB_FINISHED;
    if (num && !gone) {
        (void)str_fmt(what, sizeof what, "%s job %lld", verb, (long long)id);
        return slurm_fault_set(err, what);
    }
    size_t start = out->len;
    frame_begin(out, SLURM_CONTROL + 1);
    frame_add_i64(out, !gone);
    frame_finish(out, start);
    return ST_OK;
}

/* ---- the loop ---- */

/* Returns the type of the request. */
static uint16_t answer(const struct buf *in, struct buf *out)
{
    struct err err = { 0 };
    struct frame_reader r;
    enum status st;

    frame_open(&r, in->p, in->len);
    buf_reset(out);
    switch (r.type) {
    case SLURM_INFO:
        st = answer_info(&r, out, &err);
        break;
    case SLURM_SUBMIT:
        st = answer_submit(&r, out, &err);
        break;
    case SLURM_JOBS:
        st = answer_jobs(&r, out, &err);
        break;
    case SLURM_CONTROL:
        st = answer_control(&r, out, &err);
        break;
    default:
        st = err_set(&err, ST_INVALID, "frame type %u is not a request", r.type);
    }
    if (!st && (!buf_ok(out) || out->len > FRAME_MAX))
        st = err_set(&err, ST_TOOBIG, "the answer does not fit one frame");
    if (!st)
        return r.type;
    buf_reset(out);
    frame_begin(out, FRAME_ERROR);
    frame_add_i64(out, st);
    frame_add_str(out, err.code);
    frame_add_str(out, err.text);
    frame_finish(out, 0);
    return r.type;
}

static enum status greet(int fd_in, int fd_out, struct buf *b, struct err *err)
{
    frame_begin(b, FRAME_HELLO);
    frame_add_i64(b, FRAME_VERSION);
    frame_add_str(b, "helper-slurm");
    frame_finish(b, 0);
    enum status st = frame_write(fd_out, b, -1, err);
    if (st)
        return st;
    st = frame_read(fd_in, b, -1, err);
    if (st)
        return st;
    struct frame_reader r;
    char program[64];
    frame_open(&r, b->p, b->len);
    int64_t version = frame_i64(&r);
    frame_str(&r, program, sizeof program);
    if (r.type != FRAME_HELLO || !frame_end(&r) || version != FRAME_VERSION)
        return err_set(err, ST_INVALID, "the other side does not speak frame protocol %d", FRAME_VERSION);
    return ST_OK;
}

int main(void)
{
    struct err err = { 0 };
    BUF_AUTO in = { 0 };
    BUF_AUTO out = { 0 };
    buf_init(&in, FRAME_MAX + 16);
    buf_init(&out, FRAME_MAX + 16);

    /* libslurm prints: keep the frames' descriptor to ourselves. */
    int fd_out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd_out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        fprintf(stderr, "helper-slurm: no descriptors\n");
        return 1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    slurm_init(NULL); /* reads the file named by SLURM_CONF, else the site's default */

    enum status st = greet(STDIN_FILENO, fd_out, &in, &err);
    while (!st) {
        st = frame_read(STDIN_FILENO, &in, -1, &err);
        if (st)
            break;
        uint16_t type = answer(&in, &out);
        st = frame_write(fd_out, &out, -1, &err);
        if (type == SLURM_SUBMIT)
            helper_fault("helper_after_reply");
    }
    slurm_fini();
    if (st != ST_UNAVAIL) { /* end of stream is how we are told to go */
        fprintf(stderr, "helper-slurm: %s\n", err.text);
        return 1;
    }
    return 0;
}
