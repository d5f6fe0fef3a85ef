/* Run folders (docs/contracts.md section 2). One thread a run. */
#ifndef ATH_WORKERS_PREPARE_H
#define ATH_WORKERS_PREPARE_H

#include "../portal/core/arena.h"
#include "../portal/model/jobspec.h"
#include "run.h"

/* What the submission needs; lies in the arena. */
struct prepared {
    struct jobspec spec;
    const char *folder; /* absolute */
    const char *script, *log;
};

/* What preparing many runs shares: the templates frozen so far, read once. One thread. */
struct kitchen;
struct kitchen *kitchen_new(const char *site);
void kitchen_free(struct kitchen *k); /* NULL-safe */

/* Makes the folder of the run's next attempt: everything for the first, only what differs for later ones (they go on in
 * work/). spec is run.spec. Repeating it is harmless until the attempt is submitted. Nothing is synced: see
 * prepare_sync. ST_INVALID: this run can never be prepared (err is for people). Other failures may pass. */
enum status prepare_run(struct kitchen *k, const struct run *r, const char *spec, struct arena *a,
                        struct prepared *ret_p, struct err *err);
/* What the submission of the open attempt needs, read again (the folder is there). */
enum status prepare_again(struct kitchen *k, const struct run *r, const char *spec, struct arena *a,
                          struct prepared *ret_p, struct err *err);
/* Makes what was prepared survive a power failure; once a batch. */
enum status prepare_sync(struct err *err);

#endif
