/* What helper-slurm answers, as observations. Pure; any thread. */
#ifndef ATH_WORKERS_SITE_SLURM_H
#define ATH_WORKERS_SITE_SLURM_H

#include "../../portal/core/frame.h"
#include "site.h"

/* A reply to SLURM_JOBS, oldest job first; ret_l is empty on failure, else freed by site_obs_free. ST_UNAVAIL when it
 * cannot be read. ret_update: when slurmctld's list last changed. */
enum status site_slurm_jobs_read(struct frame_reader *r, int64_t *ret_update, struct site_obs_list *ret_l,
                                 struct err *err);

#endif
