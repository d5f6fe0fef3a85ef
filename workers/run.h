/* A run as its worker holds it: loaded with the claim, folded with every event, written under its fence.
 *
 * run_note is the only way a worker changes a run: it folds the event (portal/model/run_state.h), writes the fold and
 * appends the event in one transaction. When people asked for something meanwhile, their events are folded first and
 * the note is tried on the new fold. When another worker has claimed the run, it is marked dropped and left alone.
 * One thread a run.
 */
#ifndef ATH_WORKERS_RUN_H
#define ATH_WORKERS_RUN_H

#include "../portal/core/id.h"
#include "../portal/model/run_state.h"
#include "tail.h"
#include "site/site.h"
#include "worker.h"

#include <jansson.h>

struct run {
    char id[ID_MAX], project[ID_MAX];
    char key[SITE_KEY_MAX]; /* of the open attempt; "" before the first */
    int64_t fence, seq;     /* our claim; events folded */
    int64_t events;         /* events there were when it was loaded */
    struct run_fold fold;
    char reason[SITE_REASON_MAX]; /* the scheduler's word for waiting, as last written */
    int64_t start_estimate;       /* unix s, as last written */
    struct progress_tail progress;
    char owner[SITE_JOB_ID_MAX]; /* job that holds the claim when it is not site_job_id, else "" */
    enum site_job_state end;     /* COLLECTING: the scheduler's last word, when end_known */
    bool end_known;
    bool unsent;        /* SUBMITTING: we know that nothing was sent */
    bool release_asked; /* HELD at the site: people want it to go on */
    bool dropped;       /* not ours any more */
    int64_t asked_ms;   /* SUBMITTING: since when the job is looked for (monotonic), 0 not yet */
    int64_t absent_ms;  /* since when a reachable site does not list it, 0 listed */
    int64_t wait_ms;    /* nothing to do before this */
    int64_t control_ms; /* no new request to the site before this */
};

struct run_note {
    struct run *run;
    enum run_kind kind;
    json_t *data;                                     /* taken over; NULL is {} */
    const char *job_id;                               /* submitted, adopted */
    const char *summary, *failure, *usage, *progress; /* JSON for the columns; NULL leaves them */
    /* More SQL of the same transaction; may run several times. */
    enum status (*also)(struct db *db, struct run *r, void *ctx, struct err *err);
    void *ctx;
};

/* Loads claimed runs. ids: rows of one column. ret_runs: malloc'd array of malloc'd runs. */
enum status run_load(struct task *t, const struct db_rows *ids, struct run ***ret_runs, size_t *ret_n, struct err *err);
/* Takes in what people asked since; also releases an ended run. */
enum status run_fold_news(struct task *t, struct run *r, struct err *err);
/* Gives the claim back, for another worker or for loading it afresh. */
enum status run_release(struct task *t, struct run *r, struct err *err);
/* One event. ST_OK also when the run was dropped. ST_CONFLICT: the state does not allow it (any more). */
enum status run_note(struct task *t, struct run_note *n, struct err *err);
/* Many in one transaction; if that fails, one by one. Skips what conflicts (logged). data of all is freed. */
enum status run_note_many(struct task *t, struct run_note *notes, size_t n, struct err *err);

/* attempt/aNN/<rel> of the open attempt. */
bool run_attempt_path(const struct run *r, const char *rel, char *out);
void run_key_make(const struct run *r, const char *site, int attempt, char out[SITE_KEY_MAX]);

#endif
