/* manifest.json, the evidence athanor-job leaves (docs/contracts.md section 2). It lies in a folder the job may
 * write, so it is foreign. Pure; any thread. */
#ifndef ATH_MODEL_MANIFEST_H
#define ATH_MODEL_MANIFEST_H

#include "../core/arena.h"
#include "../core/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define MANIFEST_BYTES_MAX (1024 * 1024)

enum outcome { OUTCOME_NONE, OUTCOME_COMPLETE, OUTCOME_CONTINUE, OUTCOME_FAILED };

struct manifest {
    const char *key, *job_id, *host;
    int64_t attempt;
    int64_t started_us, ended_us;
    double elapsed_s, user_cpu_s, system_cpu_s;
    int64_t max_rss_kb, exit_code, signal; /* signal 0: none */
    enum outcome outcome;
    const json_t *outcome_data; /* NULL or an object */
    const char *results_sha256; /* NULL: no results */
    int64_t results_bytes;
    bool timed_out;
    const json_t *doc; /* the whole document */
};

/* What outcome.json said about a failure; texts are cleaned and cut, lines at most 40. */
struct manifest_failure {
    const char *cause, *text, *hint, *log; /* "" when not said; log is a safe relative path */
    const char *const *lines;
    size_t n_lines;
};

/* Everything lies in the arena. */
enum status manifest_read(struct arena *a, const char *text, size_t n, struct manifest *ret_m, struct err *err);
/* false: outcome_data says nothing usable. */
bool manifest_failure(struct arena *a, const struct manifest *m, struct manifest_failure *ret_f);
/* Is this the evidence of success of that attempt (key, exit 0, complete, results named)? err says what is missing. */
enum status manifest_proves(const struct manifest *m, const char *key, int64_t attempt, struct err *err);
const char *outcome_name(enum outcome o);

#endif
