/* The parts of athanor-job. Paths are relative to the run folder, which is the current folder after start. */
#ifndef ATH_HELPER_JOB_H
#define ATH_HELPER_JOB_H

#include "../../portal/core/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#define JOB_PATH_MAX    4096
#define JOB_ATTEMPT_MAX 999

struct job {
    char run_dir[JOB_PATH_MAX];
    char attempt_dir[32];   /* "attempt/a01" */
    char id[64], host[256]; /* of the scheduler ("-" when there is none) and of this machine */
    char key[128];          /* from run.json */
    char owner[512];        /* our line in claim/owner */
    int attempt, exit_code;
    int64_t alive_ms;             /* between heartbeats */
    int64_t walltime_s, margin_s; /* from run.json and the environment; 0 none */
    int64_t deadline_s;           /* unix seconds at which run.sh must begin to stop, 0 none */
    int stop_signal;              /* the first one that asked us to stop */
    int64_t stopped_us;
};

struct job_end {
    int64_t started_us, ended_us;
    double elapsed_s;
    int exit_code, signal;
    struct rusage usage;
};

/* job_claim.c: who may run this attempt. */
void job_identify(struct job *j); /* id, host, owner line */
/* ST_OK: the attempt is ours. ST_CONFLICT: another job has it (the text says which), leave. May wait some heartbeats
 * when a requeued job takes over from a copy of itself that could still live. */
enum status job_claim(struct job *j, struct err *err);
bool job_claim_is_lost(const struct job *j); /* another start has taken it; false also when it cannot be read now */
void job_note_duplicate(const struct job *j, const char *why);
void job_beat(const struct job *j); /* touches attempt/aNN/alive */

/* job_env.c: what run.sh sees. */
enum status job_spec_read(struct job *j, struct err *err); /* run.json: key, attempt, walltime */
enum status job_env_build(struct job *j, char ***ret_env, struct err *err);
void job_env_free(char **env);

/* job_manifest.c: what is left behind. */
bool job_is_done(const struct job *j);   /* this attempt already has a manifest of success */
void job_put_aside(const struct job *j); /* moves outcome, results and manifest of earlier tries out of the way */
enum status job_manifest_write(struct job *j, const struct job_end *end, struct err *err);

#endif
