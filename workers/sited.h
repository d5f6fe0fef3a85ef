/* One site's thread, in parts: site_task.c takes turns; dispatch.c sends, watch.c follows, collect.c judges. */
#ifndef ATH_WORKERS_SITED_H
#define ATH_WORKERS_SITED_H

#include "../portal/core/arena.h"
#include "../portal/model/manifest.h"
#include "prepare.h"
#include "run.h"
#include "site/site.h"
#include "worker.h"

#define WAITS_MAX 100

struct sited {
    struct task *task;
    struct site *site;
    struct kitchen *kitchen;
    struct run **runs; /* what this worker holds at this site */
    size_t n, cap;
    struct site_obs_list jobs;             /* the last list the site gave, sorted by key, then job id */
    bool jobs_known, jobs_fresh;           /* there is one; it is of this turn */
    int64_t renew_ms, observe_ms, info_ms; /* monotonic: next renewal, observation, look at the site's size */
    struct run_note waits[WAITS_MAX];      /* reasons for waiting, to be written together */
    size_t n_waits;
    int failures;                 /* observations in a row that failed */
    bool unreachable;             /* runs were told so */
    bool full_batch;              /* there may be more queued runs than this turn took */
    int64_t backoff_ms;           /* nothing is submitted before this */
    char (*odd)[SITE_JOB_ID_MAX]; /* jobs without a run of ours that were looked into already */
    size_t n_odd;
};

/* site_task.c: takes queued runs until a batch of them is ours. Frees no run. */
enum status queued_claim(struct sited *s, struct err *err);

/* dispatch.c: queued runs are prepared and submitted, a batch at most. */
enum status dispatch_turn(struct sited *s, struct err *err);
/* Finds out what became of submissions without an answer, by the site's list and the claim; sends again what for
 * certain never arrived. */
enum status dispatch_recover(struct sited *s, struct err *err);

/* watch.c: asks the site for all its jobs when it is time. */
enum status watch_observe(struct sited *s, struct err *err);
/* What the list says about each run; wishes of people are carried out. */
enum status watch_runs(struct sited *s, struct err *err);
/* The jobs of a key, oldest first. */
const struct site_obs *jobs_of_key(const struct sited *s, const char *key, size_t *ret_n);
/* Jobs that no run of ours accounts for: late duplicates, left-overs of ended runs. */
enum status watch_odd(struct sited *s, struct err *err);

/* collect.c: judges a run whose job has ended. */
enum status collect_run(struct sited *s, struct run *r, struct err *err);
/* Ends a run that has no job, giving back its reservation. failure: NULL or {cause,text,hint}. */
enum status run_end(struct sited *s, struct run *r, enum run_kind kind, const char *cause, const char *text,
                    const char *hint, struct err *err);

/* claim.c: evidence in the run folder. */
/* The job id a text of the job's begins with; false when it is none: empty, too long, not printable ASCII. */
bool claim_job_id(const char *text, char ret_job_id[SITE_JOB_ID_MAX]);
/* The job that holds the claim of the open attempt; false when there is none or it cannot be read. */
bool claim_owner(const struct run *r, char ret_job_id[SITE_JOB_ID_MAX]);
/* Seconds since the job's last heartbeat; -1 without one. */
int64_t claim_silence_s(const struct run *r);
/* The manifest of the open attempt, in the arena; ST_NOTFOUND when there is none (of this attempt). */
enum status claim_manifest(const struct run *r, struct arena *a, struct manifest *ret_m, struct err *err);

#endif
