/* helper-slurm's list of jobs: the helper holds libslurm and may send anything after a fault. What is accepted is in
 * order of job numbers and every text ends. */
#include "../../workers/site/site_slurm.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct frame_reader r;
    struct site_obs_list l;
    struct err err = { 0 };
    int64_t update = 0;

    frame_open(&r, data, n);
    if (site_slurm_jobs_read(&r, &update, &l, &err) != ST_OK) {
        if (l.v || l.n || !err.text[0])
            abort();
        return 0;
    }
    for (size_t i = 0; i < l.n; i++) {
        const struct site_obs *o = &l.v[i];
        if (!memchr(o->key, 0, sizeof o->key) || !memchr(o->reason, 0, sizeof o->reason) ||
            !memchr(o->nodes, 0, sizeof o->nodes) || !site_job_state_name(o->state))
            abort();
    }
    site_obs_free(&l);
    return 0;
}
