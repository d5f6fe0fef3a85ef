/* What helper-slurm and its user say to each other (docs/contracts.md, section 6).
 * Each request has a reply of type + 1, or FRAME_ERROR. First both send FRAME_HELLO.
 */
#ifndef ATH_HELPER_SLURM_PROTO_H
#define ATH_HELPER_SLURM_PROTO_H

enum slurm_frame {
    FRAME_ERROR = 3, /* i status (enum status), s code, s text */
    SLURM_INFO = 10, /* asks nothing */
    SLURM_SUBMIT =
        20,             /* s key, s work_dir, s script, s stdout, s stderr, s partition, s account, s qos, i nodes, i
                         * cpus  (a node), i gpus (a node), i memory_mb (a node, 0 the site's default), i time_s, i hold */
    SLURM_JOBS = 30,    /* i last_update (0 all), s name_prefix */
    SLURM_CONTROL = 40, /* i job_id, s verb (cancel, hold, release, requeue), i signal (cancel only; 0 ends the job) */
};

/* Codes of FRAME_ERROR that change what the user does next. */
#define SLURM_E_UNREACHABLE "slurm_unreachable" /* nothing was sent */
#define SLURM_E_NO_ANSWER   "slurm_no_answer"   /* it may or may not have happened: ask by key before trying again */
#define SLURM_E_BUSY        "slurm_busy"        /* refused for now: try again later */
#define SLURM_E_REFUSED     "slurm_refused"     /* refused for good, the text says why */

#endif
