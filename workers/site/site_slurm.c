/* A Slurm cluster, reached through helper-slurm (docs/contracts.md section 6).
 *
 * Every call is one frame to the helper and one back. The helper is killed when it does not answer within
 * settings.helper_deadline: then a submit's outcome is unknown, anything else counts as unreachable.
 * Status comes in bulk: slurmctld answers "nothing changed" cheaply when told the time of the last answer.
 */
#include "site_slurm.h"

#include "fault.h"

#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"
#include "../helper/slurm_proto.h"
#include "helper_client.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JOB_BYTES_MIN 101 /* of one job in a reply: nine numbers and four empty texts */

struct slurm {
    struct helper *helper;
    int64_t last_update;
};

static enum status slurm_open(struct site *s, struct err *err)
{
    char conf[PATH_MAX];
    bool fits = g_conf->slurm_conf[0] ? str_fmt(conf, sizeof conf, "SLURM_CONF=%s", g_conf->slurm_conf)
                                      : str_fmt(conf, sizeof conf, "SLURM_CONF=%s/slurm/slurm.conf", g_conf->var);
    if (!fits)
        return err_set(err, ST_INVALID, "the setting slurm_conf is too long");
    char fault[PATH_MAX];
    bool faulty = fault_of_helper(fault, sizeof fault);
    const char *const argv[] = { "helper-slurm", NULL };
    const char *const envp[] = { conf, "PATH=/usr/bin:/bin", "LANG=C.UTF-8", faulty ? fault : NULL, NULL };
    struct slurm *own = calloc(1, sizeof *own);
    if (!own)
        abort();
    own->helper = helper_new(argv, envp);
    s->own = own;
    return ST_OK;
}

static void slurm_close(struct site *s)
{
    struct slurm *own = s->own;
    helper_free(own->helper);
    free(own);
}

/* One call. A reply of the wrong type or shape is as good as none. */
static enum status slurm_call(struct site *s, struct buf *request, uint16_t type, struct frame_reader *ret_r,
                              bool *ret_sent, struct err *err)
{
    struct slurm *own = s->own;
    enum status st = helper_call(own->helper, request, g_conf->helper_deadline, ret_r, ret_sent, err);
    if (!st && ret_r->type != type + 1)
        return err_set(err, ST_UNAVAIL, "Slurm's helper gave an answer to another question");
    return st;
}

/* What the status of a call that changes something means: no answer is "unknown" unless nothing was sent. */
static enum site_outcome slurm_outcome(enum status st, bool sent, const struct err *e)
{
    switch (st) {
    case ST_OK:
        return SITE_DONE;
    case ST_UNAVAIL:
        return sent && !str_eq(e->code, SLURM_E_UNREACHABLE) ? SITE_UNKNOWN : SITE_UNREACHABLE;
    case ST_RETRY:
    case ST_THROTTLED:
        return SITE_THROTTLED;
    case ST_NOTFOUND:
        return SITE_GONE;
    default:
        return SITE_REJECTED;
    }
}

static enum site_outcome slurm_info(struct site *s, struct site_info *ret_i, struct err *err)
{
    BUF_AUTO b = { 0 };
    buf_init(&b, 64);
    frame_begin(&b, SLURM_INFO);
    frame_finish(&b, 0);
    struct frame_reader r;
    bool sent;
    if (slurm_call(s, &b, SLURM_INFO, &r, &sent, err))
        return SITE_UNREACHABLE;
    struct site_info i = { 0 };
    frame_str(&r, i.version, sizeof i.version);
    i.cpus = frame_i64(&r);
    i.gpus = frame_i64(&r);
    i.nodes = frame_i64(&r);
    i.nodes_up = frame_i64(&r);
    i.cpus_idle = frame_i64(&r);
    int64_t n = frame_i64(&r);
    for (int64_t k = 0; k < n && !r.bad; k++) {
        struct site_partition p;
        frame_str(&r, p.name, sizeof p.name);
        p.max_time_s = frame_i64(&r);
        p.is_default = frame_i64(&r) != 0;
        if (i.n_partitions < (int)(sizeof i.partition / sizeof i.partition[0]))
            i.partition[i.n_partitions++] = p;
    }
    if (!frame_end(&r)) {
        err_set(err, ST_UNAVAIL, "Slurm's helper gave an answer that cannot be read");
        return SITE_UNREACHABLE;
    }
    *ret_i = i;
    return SITE_DONE;
}

static enum site_outcome slurm_submit_send(struct site *s, const struct site_job *j, struct err *err)
{
    struct slurm *own = s->own;
    BUF_AUTO b = { 0 };
    buf_init(&b, 1 << 20);
    frame_begin(&b, SLURM_SUBMIT);
    frame_add_str(&b, j->key);
    frame_add_str(&b, j->work_dir);
    frame_add_str(&b, j->script);
    frame_add_str(&b, j->out);
    frame_add_str(&b, j->err);
    frame_add_str(&b, j->partition);
    frame_add_str(&b, j->account);
    frame_add_str(&b, j->qos);
    frame_add_i64(&b, j->nodes);
    frame_add_i64(&b, j->cpus);
    frame_add_i64(&b, j->gpus);
    frame_add_i64(&b, j->memory_mb);
    frame_add_i64(&b, j->time_s);
    frame_add_i64(&b, j->hold);
    frame_finish(&b, 0);
    enum status st = helper_send(own->helper, &b, clock_mono_ms() + g_conf->helper_deadline, err);
    fault_point("after_send");
    return st ? SITE_UNREACHABLE : SITE_DONE;
}

static enum site_outcome slurm_submit_receive(struct site *s, char ret_job_id[SITE_JOB_ID_MAX], struct err *err)
{
    struct slurm *own = s->own;
    struct frame_reader r;
    struct err e = { 0 };
    enum status st = helper_receive(own->helper, clock_mono_ms() + g_conf->helper_deadline, &r, &e);
    enum site_outcome o = slurm_outcome(st, true, &e);
    if (st && err)
        *err = e;
    if (o != SITE_DONE)
        return o == SITE_GONE ? SITE_REJECTED : o;
    int64_t id = frame_i64(&r);
    char message[256];
    frame_str(&r, message, sizeof message);
    if (r.type != SLURM_SUBMIT + 1 || !frame_end(&r) || id <= 0) {
        err_set(err, ST_UNAVAIL, "Slurm's answer to the submission cannot be read");
        return SITE_UNKNOWN;
    }
    (void)str_fmt(ret_job_id, SITE_JOB_ID_MAX, "%lld", (long long)id);
    return SITE_DONE;
}

/* Slurm's words (squeue's long state names). A node's fault, a preemption and a failed boot are one class for us. */
static enum site_job_state slurm_state(const char *word, const char *reason)
{
    static const struct {
        const char *word;
        enum site_job_state state;
    } table[] = {
        { "PENDING", SJ_PENDING },         { "REQUEUED", SJ_PENDING },     { "REQUEUE_HOLD", SJ_HELD },
        { "REQUEUE_FED", SJ_PENDING },     { "SPECIAL_EXIT", SJ_HELD },    { "CONFIGURING", SJ_RUNNING },
        { "RUNNING", SJ_RUNNING },         { "SUSPENDED", SJ_RUNNING },    { "STOPPED", SJ_RUNNING },
        { "RESIZING", SJ_RUNNING },        { "SIGNALING", SJ_RUNNING },    { "STAGE_OUT", SJ_COMPLETING },
        { "COMPLETING", SJ_COMPLETING },   { "COMPLETED", SJ_END_DONE },   { "FAILED", SJ_END_FAILED },
        { "TIMEOUT", SJ_END_TIMEOUT },     { "DEADLINE", SJ_END_TIMEOUT }, { "OUT_OF_MEMORY", SJ_END_MEMORY },
        { "CANCELLED", SJ_END_CANCELLED }, { "REVOKED", SJ_END_NODE },     { "NODE_FAIL", SJ_END_NODE },
        { "PREEMPTED", SJ_END_NODE },      { "BOOT_FAIL", SJ_END_NODE },
    };
    if (str_eq(word, "PENDING") && str_starts(reason, "JobHeld"))
        return SJ_HELD;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (str_starts(word, table[i].word))
            return table[i].state;
    return SJ_PENDING; /* a word of a newer Slurm: alive as long as nothing says otherwise */
}

static int obs_by_id(const void *a, const void *b)
{
    const struct site_obs *x = a, *y = b;
    int64_t i = 0, k = 0;
    (void)num_i64(x->job_id, 0, INT64_MAX, &i);
    (void)num_i64(y->job_id, 0, INT64_MAX, &k);
    return i < k ? -1 : i > k;
}

static void obs_read(struct frame_reader *r, struct site_obs *ret_o)
{
    char name[256], nodes[4096], reason[256];

    (void)str_fmt(ret_o->job_id, sizeof ret_o->job_id, "%lld", (long long)frame_i64(r));
    frame_str(r, name, sizeof name);
    frame_str(r, ret_o->raw_state, sizeof ret_o->raw_state);
    frame_str(r, reason, sizeof reason);
    ret_o->submit = frame_i64(r);
    (void)frame_i64(r); /* when it became eligible: shown nowhere */
    ret_o->start = frame_i64(r);
    ret_o->end = frame_i64(r);
    ret_o->exit_code = frame_i64(r);
    ret_o->signal = frame_i64(r);
    ret_o->restarts = frame_i64(r);
    frame_str(r, nodes, sizeof nodes);
    ret_o->priority = frame_i64(r);
    if (str_eq(reason, "None"))
        reason[0] = 0;
    (void)str_fmt(ret_o->key, sizeof ret_o->key, "%.63s", name);
    (void)str_fmt(ret_o->reason, sizeof ret_o->reason, "%.63s", reason);
    (void)str_fmt(ret_o->nodes, sizeof ret_o->nodes, "%.63s", nodes);
    ret_o->state = slurm_state(ret_o->raw_state, reason);
}

enum status site_slurm_jobs_read(struct frame_reader *r, int64_t *ret_update, struct site_obs_list *ret_l,
                                 struct err *err)
{
    int64_t update = frame_i64(r);
    bool unchanged = frame_i64(r) != 0;
    int64_t n = frame_i64(r);

    *ret_l = (struct site_obs_list){ 0 };
    /* A count that the rest of the frame cannot hold costs no memory. */
    if (r->bad || n < 0 || n > (r->end - r->p) / JOB_BYTES_MIN)
        return err_set(err, ST_UNAVAIL, "Slurm's list of jobs cannot be read");
    struct site_obs *v = calloc((size_t)n + 1, sizeof *v);
    if (!v)
        abort();
    for (int64_t i = 0; i < n && !r->bad; i++)
        obs_read(r, &v[i]);
    if (!frame_end(r)) {
        free(v);
        return err_set(err, ST_UNAVAIL, "Slurm's list of jobs cannot be read");
    }
    qsort(v, (size_t)n, sizeof *v, obs_by_id);
    *ret_update = update;
    *ret_l = (struct site_obs_list){ .v = v, .n = (size_t)n, .unchanged = unchanged };
    return ST_OK;
}

static enum site_outcome slurm_jobs(struct site *s, int64_t since, const char *prefix, int64_t *ret_update,
                                    struct site_obs_list *ret_l, struct err *err)
{
    *ret_l = (struct site_obs_list){ 0 };
    BUF_AUTO b = { 0 };
    buf_init(&b, 1024);
    frame_begin(&b, SLURM_JOBS);
    frame_add_i64(&b, since);
    frame_add_str(&b, prefix);
    frame_finish(&b, 0);
    struct frame_reader r;
    bool sent;
    if (slurm_call(s, &b, SLURM_JOBS, &r, &sent, err) || site_slurm_jobs_read(&r, ret_update, ret_l, err))
        return SITE_UNREACHABLE;
    return SITE_DONE;
}

static enum site_outcome slurm_find(struct site *s, const char *key, struct site_obs_list *ret_l, struct err *err)
{
    int64_t update;
    enum site_outcome o = slurm_jobs(s, 0, key, &update, ret_l, err);
    if (o != SITE_DONE)
        return o;
    /* The helper filters by prefix; ours is the whole name. */
    size_t n = 0;
    for (size_t i = 0; i < ret_l->n; i++)
        if (str_eq(ret_l->v[i].key, key))
            ret_l->v[n++] = ret_l->v[i];
    ret_l->n = n;
    return SITE_DONE;
}

static enum site_outcome slurm_observe(struct site *s, bool full, struct site_obs_list *ret_l, struct err *err)
{
    struct slurm *own = s->own;
    return slurm_jobs(s, full ? 0 : own->last_update, s->prefix, &own->last_update, ret_l, err);
}

static enum site_outcome slurm_control(struct site *s, const char *job_id, enum site_verb verb, struct err *err)
{
    int64_t id;
    if (!num_i64(job_id, 1, INT64_MAX, &id)) {
        err_set(err, ST_INVALID, "%s is no Slurm job number", job_id);
        return SITE_REJECTED;
    }
    BUF_AUTO b = { 0 };
    buf_init(&b, 256);
    frame_begin(&b, SLURM_CONTROL);
    frame_add_i64(&b, id);
    frame_add_str(&b, site_verb_name(verb));
    frame_add_i64(&b, 0);
    frame_finish(&b, 0);
    struct frame_reader r;
    struct err e = { 0 };
    bool sent;
    enum status st = slurm_call(s, &b, SLURM_CONTROL, &r, &sent, &e);
    if (st && err)
        *err = e;
    enum site_outcome o = slurm_outcome(st, sent, &e);
    if (o != SITE_DONE)
        return o;
    bool done = frame_i64(&r) != 0;
    return !frame_end(&r) ? SITE_UNKNOWN : done ? SITE_DONE : SITE_GONE;
}

const struct site_ops site_slurm_ops = { .kind = "slurm",
                                         .open = slurm_open,
                                         .close = slurm_close,
                                         .info = slurm_info,
                                         .submit_send = slurm_submit_send,
                                         .submit_receive = slurm_submit_receive,
                                         .find = slurm_find,
                                         .observe = slurm_observe,
                                         .control = slurm_control };
