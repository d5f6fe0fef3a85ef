/* Evidence a job leaves in its run folder: the claim, the heartbeat, the manifest. */
#include "sited.h"

#include "../portal/core/clock.h"
#include "../portal/core/file.h"
#include "../portal/core/str.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define OWNER_MAX 1024
#define AHEAD_S   60 /* clocks of nodes differ; more than this and somebody set the time by hand */
#define LONG_S    86400

bool claim_job_id(const char *text, char ret_job_id[SITE_JOB_ID_MAX])
{
    size_t n = strcspn(text, " \n");
    for (size_t i = 0; i < n; i++)
        if (text[i] < 0x21 || text[i] > 0x7E)
            return false;
    return n > 0 && str_fmt(ret_job_id, SITE_JOB_ID_MAX, "%.*s", (int)n, text);
}

bool claim_owner(const struct run *r, char ret_job_id[SITE_JOB_ID_MAX])
{
    char path[PATH_MAX];
    BUF_AUTO b = { 0 };
    return run_attempt_path(r, "claim/owner", path) && !file_read(path, OWNER_MAX, &b, NULL) &&
           claim_job_id(b.p, ret_job_id);
}

int64_t claim_silence_s(const struct run *r)
{
    char path[PATH_MAX];
    struct stat sb;
    if (!run_attempt_path(r, "alive", path) || stat(path, &sb))
        return -1;
    int64_t s = clock_wall_us() / 1000000 - sb.st_mtime;
    if (s < -AHEAD_S) /* a heartbeat of next year would keep a dead job alive until then */
        return LONG_S;
    return s > 0 ? s : 0;
}

enum status claim_manifest(const struct run *r, struct arena *a, struct manifest *ret_m, struct err *err)
{
    char path[PATH_MAX];
    BUF_AUTO b = { 0 };
    if (!path_run(path, r->project, r->id, "manifest.json"))
        return err_set(err, ST_FATAL, "the path of the run folder is too long");
    enum status st = file_read(path, MANIFEST_BYTES_MAX, &b, err);
    if (!st)
        st = manifest_read(a, b.p, b.len, ret_m, err);
    /* The one of an earlier attempt lies there until the next one starts. */
    if (!st && (!str_eq(ret_m->key, r->key) || ret_m->attempt != r->fold.attempt))
        st = err_set(err, ST_NOTFOUND, "the manifest is of another attempt");
    return st;
}
