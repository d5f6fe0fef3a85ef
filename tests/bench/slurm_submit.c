/* The peer of dispatch: a bare loop of libslurm submits. usage: slurm_submit COUNT FOLDER; prints submits a second.
 * The jobs are what the worker's are: one script that runs one program, one CPU, the same limits. */
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: slurm_submit COUNT FOLDER\n", stderr);
        return 2;
    }
    long count = strtol(argv[1], NULL, 10);
    slurm_init(NULL);
    static char script[] = "#!/bin/sh\nexec /bin/true\n", path_env[] = "PATH=/usr/bin:/bin";
    char *env[] = { path_env, NULL };
    char name[64], out[512];
    (void)snprintf(out, sizeof out, "%s/bare.out", argv[2]);
    double t0 = now_s();
    for (long i = 0; i < count; i++) {
        job_desc_msg_t job;
        submit_response_msg_t *resp = NULL;
        slurm_init_job_desc_msg(&job);
        (void)snprintf(name, sizeof name, "bare-%ld", i);
        job.name = name;
        job.comment = name;
        job.script = script;
        job.work_dir = argv[2];
        job.std_out = job.std_err = out;
        job.environment = env;
        job.env_size = 1;
        job.user_id = geteuid();
        job.group_id = getegid();
        job.min_cpus = 1;
        job.num_tasks = 1;
        job.cpus_per_task = 1;
        job.time_limit = 10;
        job.pn_min_memory = 100;
        if (slurm_submit_batch_job(&job, &resp) != 0) {
            fprintf(stderr, "submit %ld: %s\n", i, slurm_strerror(slurm_get_errno()));
            return 1;
        }
        slurm_free_submit_response_response_msg(resp);
    }
    printf("%.2f\n", (double)count / (now_s() - t0));
    return 0;
}
