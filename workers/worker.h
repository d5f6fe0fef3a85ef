/* The worker program: tasks, each a thread with its own database connection, that take turns.
 *
 * A task's turn does what there is to do and returns; between turns the task waits for its bell (rung by NOTIFY, see
 * bell_ring) or its slow poll. A turn that fails is logged once and repeated after a growing pause. Whatever a turn
 * leaves half done after kill -9 is done again by the next turn of any worker: nothing lives in memory alone.
 */
#ifndef ATH_WORKERS_WORKER_H
#define ATH_WORKERS_WORKER_H

#include "../portal/core/err.h"
#include "../portal/core/id.h"
#include "../portal/db/db.h"
#include "site/fault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What a NOTIFY on channel `work` may ring; the payload is the name. */
enum wake { WAKE_RUN = 1, WAKE_UPLOAD = 2, WAKE_STRUCTURE = 4, WAKE_TRASH = 8 };

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool rung;
};

struct worker {
    char id[ID_MAX]; /* wrk_…: the owner of leases */
    atomic_bool stop;
};

struct task {
    const char *name;
    unsigned wakes;  /* enum wake bits */
    int64_t poll_ms; /* longest wait between turns */
    /* ret_more: there is more to do, take the next turn at once. */
    enum status (*turn)(struct task *t, bool *ret_more, struct err *err);
    void (*close)(struct task *t); /* frees ctx; may be NULL */
    void *ctx;
    struct worker *worker;
    struct db *db; /* open during turns */
    struct bell bell;
    pthread_t thread;
};

static inline bool worker_stopping(const struct task *t)
{
    return atomic_load(&t->worker->stop);
}

/* task.c */
enum status task_start(struct task *t, struct worker *w, struct err *err);
void task_ring(struct task *t);
/* After worker.stop was set: rings, waits until deadline_ms (monotonic; < 0 for ever). false: it still runs. */
bool task_join(struct task *t, int64_t deadline_ms);

/* The tasks. Each fills *ret_t; start them with task_start. */
void task_upload(struct task *ret_t);
void task_structure(struct task *ret_t);
void task_catalogue(struct task *ret_t);
void task_house(struct task *ret_t);
/* kind, id: a row of table site; borrowed until task_join. */
enum status task_site(const char *kind, const char *id, struct task *ret_t, struct err *err);

/* paths.c: places below <var> (docs/contracts.md section 1). out has PATH_MAX bytes; false when too long. */
bool path_var(char *out, const char *rel);
bool path_store(char *out, const char *sha256_hex);
bool path_run(char *out, const char *project, const char *run, const char *rel);
bool path_upload(char *out, const char *upload);
/* The folder of templates. */
bool path_templates(char *out, const char *rel);

#endif
