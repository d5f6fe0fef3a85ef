/* A site: one place that runs jobs. One row of operations a kind (site_slurm.c, site_null.c), all under one contract
 * test (tests/unit/test_site_contract.c).
 *
 * What every kind keeps to:
 * - A call ends within settings.helper_deadline, give or take a second.
 * - SITE_UNKNOWN is an answer like any other: the request may or may not have had its effect. Only find() tells.
 * - SITE_UNREACHABLE of the whole call never changes what is known about a run.
 * - A job that observe() does not list is missing, not failed.
 * - Job ids are opaque text. Names (keys) are compared whole.
 *
 * A handle is used by one thread. Nothing here touches the database.
 */
#ifndef ATH_WORKERS_SITE_H
#define ATH_WORKERS_SITE_H

#include "../../portal/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SITE_KEY_MAX    64
#define SITE_JOB_ID_MAX 64
#define SITE_REASON_MAX 64
#define SITE_WINDOW     128 /* requests and answers of this many fit the pipes of a helper */

struct site;

enum site_outcome {
    SITE_DONE,        /* it happened */
    SITE_REJECTED,    /* it did not and will not: err has the reason */
    SITE_THROTTLED,   /* it did not; the site is full or busy: later */
    SITE_UNKNOWN,     /* no answer: it may have happened */
    SITE_UNREACHABLE, /* it did not: the site was never reached */
    SITE_GONE,        /* control only: the site knows no such job (any more) */
};

struct site_info {
    char version[64];
    int64_t cpus, gpus, nodes, nodes_up, cpus_idle;
    int n_partitions;
    struct site_partition {
        char name[64];
        int64_t max_time_s; /* 0: no limit */
        bool is_default;
    } partition[32];
};

struct site_job {
    const char *key;                       /* the job's name */
    const char *work_dir;                  /* the run folder */
    const char *script, *out, *err;        /* script text; paths of what the scheduler itself captures */
    const char *partition, *account, *qos; /* "" the site's default */
    int64_t nodes, cpus, gpus, memory_mb, time_s;
    bool hold;
};

/* Scheduler states in our words; SJ_END_* have ended. */
enum site_job_state {
    SJ_PENDING,
    SJ_HELD,
    SJ_RUNNING,
    SJ_COMPLETING,
    SJ_END_DONE,   /* exit status 0 */
    SJ_END_FAILED, /* exit status or signal */
    SJ_END_TIMEOUT,
    SJ_END_MEMORY,
    SJ_END_CANCELLED,
    SJ_END_NODE, /* the node failed, was preempted, did not boot: nobody's fault, may be repeated */
};

struct site_obs {
    char key[SITE_KEY_MAX];
    char job_id[SITE_JOB_ID_MAX];
    enum site_job_state state;
    char raw_state[32];           /* the scheduler's own word */
    char reason[SITE_REASON_MAX]; /* why it waits or ended, the scheduler's own word; "" none */
    int64_t submit, start, end;   /* unix seconds, 0 unknown; start of a pending job is an estimate */
    int64_t exit_code, signal, restarts, priority;
    char nodes[64];
};

/* What observe() and find() give; freed by site_obs_free. */
struct site_obs_list {
    struct site_obs *v;
    size_t n;
    bool unchanged; /* observe: nothing changed since the last call; v is empty */
};
void site_obs_free(struct site_obs_list *l);

enum site_verb { SITE_CANCEL, SITE_HOLD, SITE_RELEASE, SITE_REQUEUE };

struct site_ops {
    const char *kind;
    enum status (*open)(struct site *s, struct err *err);
    void (*close)(struct site *s);
    enum site_outcome (*info)(struct site *s, struct site_info *ret_i, struct err *err);
    /* Submission in two halves, so that a queue of them keeps the site busy: at most SITE_WINDOW may be sent whose
     * answer was not received yet; answers come in the order of sending. send: SITE_DONE, or SITE_UNREACHABLE and
     * nothing was sent. receive: SITE_DONE fills ret_job_id. No other call between a send and the last answer. */
    enum site_outcome (*submit_send)(struct site *s, const struct site_job *j, struct err *err);
    enum site_outcome (*submit_receive)(struct site *s, char ret_job_id[SITE_JOB_ID_MAX], struct err *err);
    /* Every job of exactly this key that the site still knows, oldest first. SITE_DONE or SITE_UNREACHABLE. */
    enum site_outcome (*find)(struct site *s, const char *key, struct site_obs_list *ret_l, struct err *err);
    /* All jobs of this portal's site (names beginning with "ath-<site>-"). full: also when nothing changed. */
    enum site_outcome (*observe)(struct site *s, bool full, struct site_obs_list *ret_l, struct err *err);
    /* Repeating is harmless. */
    enum site_outcome (*control)(struct site *s, const char *job_id, enum site_verb verb, struct err *err);
};

struct site {
    const struct site_ops *ops;
    char id[20];
    char prefix[32]; /* "ath-<id>-" */
    void *own;       /* the kind's own state */
};

/* kind: "slurm" or "null". ST_INVALID for another. The site itself need not be reachable. */
enum status site_open(const char *kind, const char *id, struct site **ret_s, struct err *err);
void site_close(struct site *s); /* NULL-safe */
/* One submission, both halves. */
enum site_outcome site_submit(struct site *s, const struct site_job *j, char ret_job_id[SITE_JOB_ID_MAX],
                              struct err *err);

extern const struct site_ops site_slurm_ops;
extern const struct site_ops site_null_ops;

const char *site_verb_name(enum site_verb v);
bool site_job_ended(enum site_job_state s);
/* "pending", … "ended", "failed", "timeout", "out_of_memory", "cancelled", "node_failed": as kept in events. */
const char *site_job_state_name(enum site_job_state s);
bool site_job_state_parse(const char *name, enum site_job_state *ret_s);

#endif
