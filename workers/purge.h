/* The trash, a part of the housekeeping. */
#ifndef ATH_WORKERS_PURGE_H
#define ATH_WORKERS_PURGE_H

#include "worker.h"

struct purge {
    bool settled; /* no content without a file is left; false at the start of a worker */
};

/* Deletes some of what may go now; *ret_more is set when it did. */
enum status purge_turn(struct task *t, struct purge *p, bool *ret_more, struct err *err);

/* purge_run.c: the same for runs; *ret_n grows by how many are gone. One that cannot be deleted is logged and left for
 * the next turn. */
enum status purge_runs(struct task *t, int *ret_n, struct err *err);

#endif
