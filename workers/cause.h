/* Why a run ended, where the scheduler is the one to know, in words for chemists. Pure. */
#ifndef ATH_WORKERS_CAUSE_H
#define ATH_WORKERS_CAUSE_H

#include "site/site.h"

struct cause {
    const char *code, *text, *hint;
    bool retry; /* nobody's fault: a new attempt by itself */
};

/* Why a job ended without saying so itself. NULL for states that need the run's own evidence. */
const struct cause *end_cause(enum site_job_state s);
extern const struct cause cause_lost;

#endif
