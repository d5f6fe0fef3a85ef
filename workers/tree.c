/* Walks over run folders, template folders and module trees with fts(3): links are never followed, except that
 * tree_newest reads what a link in a module tree points to. */
#include "tree.h"

#include "../portal/core/file.h"
#include "../portal/core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static FTS *tree_open(const char *path, int flags)
{
    char copy[PATH_MAX];
    if (!str_fmt(copy, sizeof copy, "%s", path))
        return NULL;
    char *const roots[] = { copy, NULL };
    return fts_open(roots, flags | FTS_NOCHDIR, NULL);
}

/* Holes are no bytes: a file may be longer than any disk, and two of those would overflow the sum. */
static int64_t file_bytes(const struct stat *sb)
{
    int64_t held = (int64_t)sb->st_blocks * 512;
    return held < sb->st_size ? held : sb->st_size;
}

int64_t tree_bytes(const char *path)
{
    FTS *t = tree_open(path, FTS_PHYSICAL);
    int64_t sum = 0;
    for (FTSENT *e; t && (e = fts_read(t));)
        if (e->fts_info == FTS_F)
            sum += file_bytes(e->fts_statp);
    if (t)
        (void)fts_close(t);
    return sum;
}

/* The bits of the owner too: what a job closed to us could neither be counted nor removed. */
void tree_share(const char *path)
{
    FTS *t = tree_open(path, FTS_PHYSICAL);
    for (FTSENT *e; t && (e = fts_read(t));) {
        mode_t m = e->fts_statp ? e->fts_statp->st_mode & 07777 : 0;
        if (e->fts_info == FTS_F && (m & 0440) != 0440)
            (void)chmod(e->fts_accpath, m | 0440);
        else if (e->fts_info == FTS_D && (m & 0750) != 0750)
            (void)chmod(e->fts_accpath, m | 0750);
    }
    if (t)
        (void)fts_close(t);
}

int64_t tree_newest(const char *path)
{
    FTS *t = tree_open(path, FTS_LOGICAL);
    int64_t newest = 0;
    for (FTSENT *e; t && (e = fts_read(t));) {
        if (e->fts_info != FTS_F && e->fts_info != FTS_D)
            continue;
        const struct timespec *m = &e->fts_statp->st_mtim;
        int64_t ns = (int64_t)m->tv_sec * 1000000000 + m->tv_nsec;
        newest = ns > newest ? ns : newest;
    }
    if (t)
        (void)fts_close(t);
    return newest;
}

static enum status file_copy(const char *from, const char *to, mode_t mode, struct err *err)
{
    FD_AUTO in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0)
        return err_sys(err, errno, "a file of the template cannot be read");
    (void)unlink(to);
    FD_AUTO out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0440 | (mode & 0110));
    if (out < 0)
        return err_sys(err, errno, "the template cannot be copied");
    char piece[65536];
    for (;;) {
        ssize_t n = read(in, piece, sizeof piece);
        if (n == 0)
            return ST_OK;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, errno, "a file of the template cannot be read");
        for (ssize_t k = 0; k < n;) {
            ssize_t w = write(out, piece + k, (size_t)(n - k));
            if (w < 0 && errno != EINTR)
                return err_sys(err, errno, "the template cannot be copied");
            k += w > 0 ? w : 0;
        }
    }
}

enum status tree_copy(const char *from, const char *to, struct err *err)
{
    enum status st = dir_make(to, 0750, err);
    if (st)
        return st;
    FTS *t = tree_open(from, FTS_PHYSICAL);
    if (!t)
        return err_sys(err, errno, "the template cannot be read");
    size_t skip = strlen(from);
    for (FTSENT *e; !st && (e = fts_read(t));) {
        char path[PATH_MAX];
        if (!str_fmt(path, sizeof path, "%s%s", to, e->fts_path + skip))
            st = err_set(err, ST_FATAL, "a path of the template is too long");
        else if (e->fts_info == FTS_D && mkdir(path, 0750) && errno != EEXIST)
            st = err_sys(err, errno, "the template cannot be copied");
        else if (e->fts_info == FTS_F)
            st = file_copy(e->fts_accpath, path, e->fts_statp->st_mode, err);
        else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
            st = err_sys(err, e->fts_errno, "the template cannot be read");
    }
    (void)fts_close(t);
    return st;
}

struct tree_entry {
    struct tree_entry *next;
    const char *path, *rel; /* rel begins with "/" or is empty */
    mode_t mode;
};

enum status tree_list(struct arena *a, const char *path, const struct tree_entry **ret_list, struct err *err)
{
    FTS *t = tree_open(path, FTS_PHYSICAL);
    if (!t)
        return err_sys(err, errno, "the template cannot be read");
    enum status st = ST_OK;
    struct tree_entry *first = NULL, **at = &first;
    size_t skip = strlen(path);
    for (FTSENT *e; !st && (e = fts_read(t));) {
        if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
            st = err_sys(err, e->fts_errno, "the template cannot be read");
        if (e->fts_info != FTS_D && e->fts_info != FTS_F)
            continue;
        struct tree_entry *one = arena_alloc(a, sizeof *one);
        one->path = arena_strdup(a, e->fts_path);
        one->rel = one->path + skip;
        one->mode = e->fts_statp->st_mode;
        *at = one;
        at = &one->next;
    }
    (void)fts_close(t);
    *ret_list = first;
    return st;
}

static enum status entry_link(const struct tree_entry *e, const char *to, struct err *err)
{
    if (S_ISDIR(e->mode))
        return mkdir(to, 0750) && errno != EEXIST ? err_sys(err, errno, "the template cannot be copied") : ST_OK;
    if (!link(e->path, to))
        return ST_OK;
    if (errno == EEXIST && !unlink(to) && !link(e->path, to))
        return ST_OK;
    return file_copy(e->path, to, e->mode, err);
}

enum status tree_link(const struct tree_entry *list, const char *to, struct err *err)
{
    enum status st = ST_OK;
    for (const struct tree_entry *e = list; !st && e; e = e->next) {
        char path[PATH_MAX];
        st = str_fmt(path, sizeof path, "%s%s", to, e->rel)
                 ? entry_link(e, path, err)
                 : err_set(err, ST_FATAL, "a path of the template is too long");
    }
    return st;
}
