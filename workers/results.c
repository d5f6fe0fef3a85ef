/* From results/results.json to what the portal shows. The file is the job's, so it is foreign: its bytes must hash to
 * what the manifest promised, helper-inspect reads it in its sandbox, and files it names are looked at here without
 * following links.
 */
#include "results.h"

#include "../portal/core/conf.h"
#include "../portal/core/file.h"
#include "inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

void results_free(struct run_results *r)
{
    free(r->doc);
    free(r->summary);
    r->doc = r->summary = NULL;
}

/* bytes < 0: any length. */
static enum status file_check(int dir, const char *name, int64_t bytes, struct err *err)
{
    FD_AUTO fd = -1;
    struct stat sb;
    if (!name || file_open_below(dir, name, O_RDONLY, &fd, NULL) || fstat(fd, &sb) || !S_ISREG(sb.st_mode))
        return err_field(err, ST_INVALID, "results_incomplete", NULL, "the results name a file that is not there: %s",
                         name ? name : "");
    if (bytes >= 0 && sb.st_size != bytes)
        return err_field(err, ST_INVALID, "results_incomplete", NULL, "%s has %lld bytes, the results promise %lld",
                         name, (long long)sb.st_size, (long long)bytes);
    return ST_OK;
}

static int64_t int_of(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

/* Series are pairs of doubles, frames are three floats an atom. */
static enum status files_check(int dir, const json_t *doc, struct err *err)
{
    enum status st = ST_OK;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(doc, "series"), i, v)
    {
        if (!st)
            st = file_check(dir, json_string_value(json_object_get(v, "file")), int_of(v, "points") * 16, err);
    }
    json_array_foreach(json_object_get(doc, "structures"), i, v)
    {
        if (!st)
            st = file_check(dir, json_string_value(json_object_get(v, "file")), -1, err);
    }
    json_array_foreach(json_object_get(doc, "trajectories"), i, v)
    {
        if (!st)
            st = file_check(dir, json_string_value(json_object_get(v, "file")),
                            int_of(v, "natoms") * int_of(v, "nframes") * 12, err);
    }
    return st;
}

enum status results_take(const struct run *r, const char *sha256, struct run_results *ret_r, struct err *err)
{
    char path[PATH_MAX];
    if (!path_run(path, r->project, r->id, "results"))
        return err_set(err, ST_FATAL, "the path of the run folder is too long");
    FD_AUTO dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    FD_AUTO fd = -1;
    if (dir < 0 || file_open_below(dir, "results.json", O_RDONLY, &fd, NULL))
        return err_field(err, ST_INVALID, "results_missing", NULL, "the run left no results");
    struct stat sb;
    if (fstat(fd, &sb))
        return err_sys(err, errno, "the results cannot be read");
    if (sb.st_size > g_conf->results_max) /* before hashing: it may be a hole of terabytes */
        return err_field(err, ST_INVALID, "results_too_large", NULL, "results.json has more than %lld bytes",
                         (long long)g_conf->results_max);
    int64_t bytes = 0;
    enum status st = file_sha256(fd, ret_r->sha256, &bytes, err);
    if (st)
        return st;
    if (!sha256 || strcasecmp(sha256, ret_r->sha256) != 0)
        return err_field(err, ST_INVALID, "results_changed", NULL, "the results are not those the job vouched for");
    if (lseek(fd, 0, SEEK_SET))
        return err_sys(err, errno, "the results cannot be read");
    json_t *answer = NULL;
    st = inspect_run("results", "", fd, &answer, err);
    if (st)
        return st;
    const json_t *doc = json_object_get(answer, "doc");
    st = files_check(dir, doc, err);
    if (!st) {
        ret_r->doc = json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(15));
        ret_r->summary = json_dumps(json_object_get(doc, "summary"), JSON_COMPACT | JSON_REAL_PRECISION(15));
        if (!ret_r->doc)
            st = err_field(err, ST_INVALID, "results_invalid", NULL, "the results cannot be kept");
    }
    json_decref(answer);
    return st;
}
