/* One run for the endpoints below /runs/:id: its row, its folder, entries of its result document.
 *
 * The portal only ever reads run folders. What lies in them was written by jobs, so every name is opened below a folder
 * descriptor without following links, and only regular files are handed out.
 */
#include "run.h"

#include "../core/conf.h"
#include "../core/file.h"
#include "../core/id.h"
#include "../core/str.h"
#include "../model/json_in.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum status run_head_read(struct http_req *req, struct run_head *ret_h, struct err *err)
{
    struct db_rows *r = NULL;
    enum status st;

    st = db_run(api_db(req), SQL_RUN_HEAD, &r, err, P_TEXT(req->arg[0]));
    if (st)
        return st;
    db_rows_keep(r, req->arena);
    if (db_count(r) == 0)
        return err_field(err, ST_NOTFOUND, "run_not_found", NULL, "There is no such run.");
    *ret_h = (struct run_head){
        .id = req->arg[0],
        .project = db_text(r, 0, 0),
        .name = db_text(r, 0, 1),
        .state = db_text(r, 0, 2),
        .attempt = db_i64(r, 0, 3),
        .ended = db_bool(r, 0, 4),
    };
    return ST_OK;
}

enum status run_dir_open(const struct run_head *h, int *ret_fd, struct err *err)
{
    char path[4096];
    int fd;

    if (!id_valid("run", h->id) || !id_valid("prj", h->project))
        return err_field(err, ST_NOTFOUND, "run_not_found", NULL, "There is no such run.");
    if (!str_fmt(path, sizeof path, "%s/projects/%s/runs/%s", g_conf->var, h->project, h->id))
        return err_set(err, ST_FATAL, "The path of the run folder is too long.");
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return err_field(err, ST_NOTFOUND, "run_folder_missing", NULL,
                         "The run has no folder yet: it appears when the worker prepares the first attempt.");
    if (fd < 0) {
        /* Not the caller's rights but ours are wrong, so this is no 403. */
        int why = errno;

        err_set(err, ST_FATAL, "The portal cannot open the run's folder.");
        err_hint(err, "An administrator should run athanorctl doctor.");
        return err_detail(err, "%s: errno %d", path, why);
    }
    *ret_fd = fd;
    return ST_OK;
}

enum status run_file_open(const struct run_head *h, const char *rel, int *ret_fd, int64_t *ret_size, struct err *err)
{
    FD_AUTO dir = -1;
    struct stat sb;
    enum status st;
    int fd;

    st = run_dir_open(h, &dir, err);
    if (st)
        return st;
    /* O_NONBLOCK: a job may have left a FIFO under the name; opening that must not hang an executor. */
    st = file_open_below(dir, rel, O_RDONLY | O_NONBLOCK, &fd, err);
    if (st == ST_NOTFOUND)
        return err_field(err, ST_NOTFOUND, "file_not_found", NULL, "The run has no such file.");
    if (st == ST_DENIED) {
        err_field(err, ST_CONFLICT, "not_readable", NULL, "The job keeps this file to itself.");
        err_hint(err, "It becomes readable when the worker has collected the run.");
        return err_detail(err, "%s", rel);
    }
    if (st)
        return st;
    if (fstat(fd, &sb) != 0) {
        st = err_sys(err, errno, "The file cannot be examined");
    } else if (S_ISDIR(sb.st_mode)) {
        st = err_field(err, ST_INVALID, "is_folder", NULL, "This is a folder, not a file.");
        err_hint(err, "List it with /files?path=, or download it with /archive?path=.");
    } else if (!S_ISREG(sb.st_mode)) {
        st = err_field(err, ST_NOTFOUND, "file_not_found", NULL, "The run has no such file.");
    }
    if (st) {
        close(fd);
        return st;
    }
    *ret_fd = fd;
    *ret_size = (int64_t)sb.st_size;
    return ST_OK;
}

enum status run_result_item(struct http_req *req, const char *list, const char *name, const char **ret_json,
                            const char **ret_sha256, struct err *err)
{
    struct db_rows *r = NULL;
    enum status st;

    st = db_run(api_db(req), SQL_RUN_RESULT_ITEM, &r, err, P_TEXT(req->arg[0]), P_TEXT(list), P_TEXT(name));
    if (st)
        return st;
    db_rows_keep(r, req->arena);
    if (db_count(r) == 0) {
        struct run_head h;

        st = run_head_read(req, &h, err);
        if (st)
            return st;
        if (!h.ended)
            return err_field(err, ST_NOTFOUND, "no_results_yet", NULL,
                             "The run %s; its results appear when it has finished.", run_state_text(h.state));
        return err_field(err, ST_NOTFOUND, "no_such_result", "name", "The results have no %s called \"%s\".",
                         str_eq(list, "trajectories") ? "trajectory" : list, name);
    }
    *ret_json = db_text(r, 0, 0);
    *ret_sha256 = db_text(r, 0, 1);
    return ST_OK;
}

enum status run_item_parse(struct http_req *req, const char *text, json_t **ret_item, struct err *err)
{
    json_t *item = json_loads(text, 0, NULL);

    if (!item)
        return err_set(err, ST_FATAL, "The stored result cannot be read.");
    *ret_item = json_keep(item, req->arena);
    return ST_OK;
}

uint64_t run_digest(const void *p, size_t n)
{
    const unsigned char *c = p;
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < n; i++)
        h = (h ^ c[i]) * 1099511628211u;
    return h;
}

const char *run_part_etag(struct http_req *req, const char *sha256, const char *fmt, ...)
{
    const char *part;
    va_list ap;

    va_start(ap, fmt);
    part = arena_vprintf(req->arena, fmt, ap);
    va_end(ap);
    return arena_printf(req->arena, "%.32s-%016llx", sha256, (unsigned long long)run_digest(part, strlen(part)));
}

const char *run_file_type(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        { ".log", "text/plain; charset=utf-8" },
        { ".txt", "text/plain; charset=utf-8" },
        { ".md", "text/plain; charset=utf-8" },
        { ".mdp", "text/plain; charset=utf-8" },
        { ".top", "text/plain; charset=utf-8" },
        { ".itp", "text/plain; charset=utf-8" },
        { ".sh", "text/plain; charset=utf-8" },
        { ".py", "text/plain; charset=utf-8" },
        { ".xvg", "text/plain; charset=utf-8" },
        { ".csv", "text/csv; charset=utf-8" },
        { ".json", "application/json" },
        { ".ndjson", "application/x-ndjson" },
        { ".pdb", "chemical/x-pdb" },
        { ".cif", "chemical/x-cif" },
        { ".xyz", "chemical/x-xyz" },
        { ".mol", "chemical/x-mdl-molfile" },
        { ".sdf", "chemical/x-mdl-sdfile" },
        { ".gro", "chemical/x-gromacs-gro" },
        { ".mol2", "chemical/x-mol2" },
        { ".molden", "chemical/x-molden" },
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_ends(name, types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}
