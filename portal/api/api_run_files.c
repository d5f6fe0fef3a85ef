/* GET /runs/:id/files, /runs/:id/files/<path>, /runs/:id/archive: the run's folder as it is on disk.
 *
 * A listing is one folder, its names in byte order, paged by name. Names come from jobs, so they are data: names that
 * are not UTF-8 are shown with replaced bytes and marked, and cannot be asked for one by one (the archive has them).
 * Files always go out as attachments.
 */
#include "run.h"

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/id.h"
#include "../core/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More names than this in one folder are not sorted in memory; the archive still holds them all. */
#define FOLDER_NAMES_MAX 20000

struct listing {
    const char **name;
    size_t n, cap;
    bool cut;
};

/* The folder `path` ("" the run folder itself) below the run folder. */
static enum status folder_open(const struct run_head *h, const char *path, int *ret_fd, struct err *err)
{
    FD_AUTO root = -1;
    struct stat sb;
    enum status st;
    int fd;

    st = run_dir_open(h, &root, err);
    if (st)
        return st;
    if (!path || !*path) {
        *ret_fd = root;
        root = -1;
        return ST_OK;
    }
    st = file_open_below(root, path, O_RDONLY | O_NONBLOCK, &fd, err);
    if (st == ST_NOTFOUND)
        return err_field(err, ST_NOTFOUND, "folder_not_found", "path", "The run has no such folder.");
    if (st)
        return st;
    if (fstat(fd, &sb) != 0 || !S_ISDIR(sb.st_mode)) {
        close(fd);
        return err_field(err, ST_INVALID, "not_folder", "path", "This is a file, not a folder.");
    }
    *ret_fd = fd;
    return ST_OK;
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status listing_read(struct http_req *req, DIR *dir, struct listing *ret_l, struct err *err)
{
    struct listing l = { 0 };

    for (;;) {
        struct dirent *e;

        errno = 0;
        e = readdir(dir);
        if (!e && errno != 0)
            return err_sys(err, errno, "The folder cannot be listed");
        if (!e)
            break;
        if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
            continue;
        if (l.n == FOLDER_NAMES_MAX) {
            l.cut = true;
            break;
        }
        if (l.n == l.cap) {
            size_t cap = l.cap ? 2 * l.cap : 64;
            const char **more = arena_alloc(req->arena, cap * sizeof *more);

            if (!more)
                return err_set(err, ST_TOOBIG, "The folder holds too many names to list.");
            if (l.n)
                memcpy(more, l.name, l.n * sizeof *more);
            l.name = more;
            l.cap = cap;
        }
        l.name[l.n++] = arena_strdup(req->arena, e->d_name);
    }
    if (l.n)
        qsort(l.name, l.n, sizeof *l.name, name_compare);
    *ret_l = l;
    return ST_OK;
}

static const char *entry_kind(mode_t mode)
{
    return S_ISDIR(mode) ? "folder" : S_ISREG(mode) ? "file" : S_ISLNK(mode) ? "link" : "other";
}

static void entry_write(struct jsonw *w, int dirfd, const char *name)
{
    char time_text[32], shown[4 * NAME_MAX];
    struct stat sb;

    if (fstatat(dirfd, name, &sb, AT_SYMLINK_NOFOLLOW) != 0)
        return; /* gone since the folder was read */
    utf8_sanitize(name, strlen(name), shown, sizeof shown);
    clock_rfc3339((int64_t)sb.st_mtim.tv_sec * 1000000 + sb.st_mtim.tv_nsec / 1000, time_text, sizeof time_text);
    jsonw_obj(w);
    jsonw_kstr(w, "name", shown);
    jsonw_kstr(w, "kind", entry_kind(sb.st_mode));
    if (S_ISREG(sb.st_mode))
        jsonw_ki64(w, "bytes", (int64_t)sb.st_size);
    else
        jsonw_knull(w, "bytes");
    jsonw_kstr(w, "modified_at", time_text);
    if (!str_eq(name, shown))
        jsonw_kbool(w, "name_changed", true);
    jsonw_obj_end(w);
}

enum status api_run_files(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { "path", "cursor", "limit", NULL };
    const char *path = http_query(req, "path"), *last = NULL;
    char after[NAME_MAX + 1], cursor[2 * NAME_MAX + 1];
    struct run_head h;
    struct listing l = { 0 };
    int64_t limit;
    struct jsonw w;
    enum status st;
    size_t i = 0;
    DIR *dir;
    int fd;

    st = http_query_only(req, known, err);
    if (!st)
        st = http_query_i64(req, "limit", API_LIST_DEF, 1, API_LIST_MAX, &limit, err);
    if (!st)
        st = api_cursor_name(req, after, err);
    if (!st)
        st = run_head_read(req, &h, err);
    if (!st)
        st = folder_open(&h, path, &fd, err);
    if (st)
        return st;
    dir = fdopendir(fd);
    if (!dir) {
        st = err_sys(err, errno, "The folder cannot be listed");
        close(fd);
        return st;
    }
    st = listing_read(req, dir, &l, err);
    if (st) {
        closedir(dir);
        return st;
    }
    while (i < l.n && strcmp(l.name[i], after) <= 0)
        i++;
    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_kstr(&w, "path", path ? path : "");
    jsonw_key(&w, "items");
    jsonw_arr(&w);
    for (int64_t n = 0; n < limit && i < l.n; n++, i++) {
        last = l.name[i];
        entry_write(&w, dirfd(dir), last);
    }
    jsonw_arr_end(&w);
    if (last)
        hex_encode(last, strlen(last), cursor);
    jsonw_kstr(&w, "next_cursor", last && i < l.n ? cursor : NULL);
    jsonw_kbool(&w, "complete", !l.cut);
    jsonw_obj_end(&w);
    closedir(dir);
    return api_json_end(ret, err);
}

const char *run_file_etag(struct http_req *req, int fd, int64_t size)
{
    struct stat sb;

    if (fstat(fd, &sb) != 0)
        return NULL;
    return arena_printf(req->arena, "%llx-%llx-%llx-%llx", (unsigned long long)sb.st_ino, (unsigned long long)size,
                        (unsigned long long)sb.st_mtim.tv_sec, (unsigned long long)sb.st_mtim.tv_nsec);
}

enum status api_run_file(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *rel = req->arg[1], *base;
    struct run_head h;
    int64_t size;
    enum status st;
    int fd;

    st = run_head_read(req, &h, err);
    if (!st)
        st = run_file_open(&h, rel, &fd, &size, err);
    if (st)
        return st;
    base = strrchr(rel, '/');
    base = base ? base + 1 : rel;
    ret->kind = REPLY_FD;
    ret->fd = fd;
    ret->fd_size = size;
    ret->type = run_file_type(base);
    http_reply_attachment(req, ret, base);
    if (h.ended)
        ret->etag = run_file_etag(req, fd, size);
    return ST_OK;
}

enum status api_run_archive(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { "format", "path", NULL };
    const char *format = http_query(req, "format"), *path = http_query(req, "path"), *base;
    struct run_head h;
    enum status st;
    int fd;

    st = http_query_only(req, known, err);
    if (st)
        return st;
    if (!format)
        format = "zip";
    if (!str_eq(format, "zip") && !str_eq(format, "tar"))
        return err_field(err, ST_INVALID, "bad_value", "format", "format is zip or tar.");
    st = run_head_read(req, &h, err);
    if (!st)
        st = folder_open(&h, path, &fd, err);
    if (st)
        return st;
    base = path && *path ? strrchr(path, '/') : NULL;
    base = base ? base + 1 : path && *path ? path : NULL;
    return http_reply_archive(req, ret, fd, base ? arena_printf(req->arena, "%s-%s", h.name, base) : h.name, format,
                              err);
}
