/* The files athanor-job starts from: `env` and run.json hold the same bytes. */
#include "../../workers/helper/job.h"

#include "folder.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct job j;
    struct err err = { 0 };
    char **env = NULL;

    (void)folder_enter();
    folder_write("env", data, n);
    folder_write("run.json", data, n);
    j = (struct job){ .attempt = 1, .run_dir = "/run" };
    if (job_spec_read(&j, &err) != ST_OK ? !err.text[0] : j.walltime_s < 0 || strlen(j.key) >= sizeof j.key)
        abort();
    err = (struct err){ 0 };
    enum status st = job_env_build(&j, &env, &err);
    folder_leave();
    if (st != ST_OK) {
        if (!err.text[0])
            abort();
        return 0;
    }
    bool home = false;
    for (char **p = env; *p; p++) {
        if (!strchr(*p, '=') || **p == '=')
            abort();
        home = home || strcmp(*p, "HOME=/run/work") == 0; /* ours wins */
    }
    if (!home || j.alive_ms <= 0 || j.margin_s < 0)
        abort();
    job_env_free(env);
    return 0;
}
