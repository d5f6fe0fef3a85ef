/* Files and folders. Everything below a folder that others may write (a run
 * folder, an upload area) is reached component by component with O_NOFOLLOW,
 * so a link planted by a job leads nowhere; nothing but regular files and
 * folders is opened, so a planted FIFO cannot block us.
 *
 * Texts for people name the last component only; the whole path goes to detail.
 */
#include "file.h"

#include "id.h"
#include "str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static enum status path_err(struct err *err, const char *doing, const char *path)
{
    int keep = errno;
    enum status st = err_sys(err, keep, "cannot %s %s", doing, base_name(path));

    (void)err_detail(err, "%s", path);
    return st;
}

static enum status fd_read_all(int fd, const char *path, size_t max, struct buf *ret_b, struct err *err)
{
    char piece[32768];

    buf_init(ret_b, max);
    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            enum status st = path_err(err, "read", path);
            buf_free(ret_b);
            return st;
        }
        if (n == 0)
            return ST_OK;
        buf_add(ret_b, piece, (size_t)n);
        if (!buf_ok(ret_b)) {
            buf_free(ret_b);
            (void)err_set(err, ST_TOOBIG, "%s is larger than %zu bytes", base_name(path), max);
            (void)err_detail(err, "%s", path);
            return ST_TOOBIG;
        }
    }
}

enum status file_read(const char *path, size_t max, struct buf *ret_b, struct err *err)
{
    struct stat sb;

    buf_init(ret_b, max);
    FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &sb) < 0)
        return path_err(err, "open", path);
    if (!S_ISREG(sb.st_mode)) {
        (void)err_set(err, ST_INVALID, "%s is not a regular file", base_name(path));
        return err ? err_detail(err, "%s", path) : ST_INVALID;
    }
    return fd_read_all(fd, path, max, ret_b, err);
}

enum status file_read_at(int dirfd, const char *name, size_t max, struct buf *ret_b, struct err *err)
{
    FD_AUTO fd = -1;

    buf_init(ret_b, max);
    enum status st = file_open_below(dirfd, name, O_RDONLY, &fd, err);
    return st == ST_OK ? fd_read_all(fd, name, max, ret_b, err) : st;
}

static enum status fd_write_all(int fd, const char *path, const void *p, size_t n, struct err *err)
{
    const char *at = p;

    while (n) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return path_err(err, "write", path);
        at += done;
        n -= (size_t)done;
    }
    return fsync(fd) < 0 ? path_err(err, "write", path) : ST_OK;
}

/* A rename is only durable once its folder is. */
static enum status parent_sync(const char *path, struct err *err)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (!slash)
        (void)snprintf(dir, sizeof dir, ".");
    else if (!str_fmt(dir, sizeof dir, "%.*s", slash == path ? 1 : (int)(slash - path), path))
        return err_set(err, ST_INVALID, "path is too long");
    FD_AUTO fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
        return path_err(err, "sync the folder of", path);
    return ST_OK;
}

enum status file_write_atomic(const char *path, const void *p, size_t n, mode_t mode, struct err *err)
{
    char tmp[PATH_MAX], tail[17];
    unsigned char rnd[8];

    rand_bytes(rnd, sizeof rnd);
    hex_encode(rnd, sizeof rnd, tail);
    if (!str_fmt(tmp, sizeof tmp, "%s.tmp-%s", path, tail))
        return err_set(err, ST_INVALID, "path is too long");
    FD_AUTO fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return path_err(err, "create", path);
    enum status st = fd_write_all(fd, path, p, n, err);
    if (st == ST_OK && fchmod(fd, mode) < 0) /* exactly `mode`, whatever the umask */
        st = path_err(err, "set the mode of", path);
    if (st == ST_OK && rename(tmp, path) < 0)
        st = path_err(err, "rename", path);
    if (st != ST_OK) {
        (void)unlink(tmp);
        return st;
    }
    return parent_sync(path, err);
}

/* One level; a new folder gets exactly `mode` (mkdir drops setgid and applies the umask), and keeps the setgid bit it
 * inherits: run folders belong to the worker and are read by the portal's group. A chmod by somebody who is not of that
 * group would drop the bit, so there is none unless the mode differs. */
static enum status dir_make_one(const char *path, mode_t mode, struct err *err)
{
    struct stat sb;

    if (mkdir(path, mode & 0777) == 0) {
        if (stat(path, &sb) < 0)
            return path_err(err, "look at", path);
        mode |= sb.st_mode & S_ISGID;
        return (sb.st_mode & 07777) != mode && chmod(path, mode) < 0 ? path_err(err, "set the mode of", path) : ST_OK;
    }
    if (errno != EEXIST)
        return path_err(err, "make the folder", path);
    if (stat(path, &sb) < 0)
        return path_err(err, "look at", path);
    if (!S_ISDIR(sb.st_mode))
        return err_set(err, ST_CONFLICT, "%s exists and is no folder", base_name(path));
    return ST_OK;
}

enum status dir_make(const char *path, mode_t mode, struct err *err)
{
    char part[PATH_MAX];

    if (!*path || !str_fmt(part, sizeof part, "%s", path))
        return err_set(err, ST_INVALID, "path is empty or too long");
    for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        enum status st = dir_make_one(part, mode, err);
        *slash = '/';
        if (st != ST_OK)
            return st;
    }
    return part[strlen(part) - 1] == '/' ? ST_OK : dir_make_one(part, mode, err);
}

static enum status no_such(struct err *err, const char *rel)
{
    char name[128];

    (void)utf8_sanitize(rel, strlen(rel), name, sizeof name);
    return err_set(err, ST_NOTFOUND, "no such file: %s", name);
}

static bool component_ok(const char *s, size_t n)
{
    return n > 0 && n <= NAME_MAX && !(n == 1 && s[0] == '.') && !(n == 2 && s[0] == '.' && s[1] == '.');
}

/* The descriptor of rel, or -1 with errno; dirfd stays the caller's. */
static int walk_below(int dirfd, const char *rel, int flags)
{
    int at = dirfd;

    for (const char *s = rel;;) {
        char name[NAME_MAX + 1];
        size_t n = strcspn(s, "/");
        bool last = s[n] == '\0';
        int how = last ? flags | O_NONBLOCK | O_NOCTTY : O_RDONLY | O_DIRECTORY, fd = -1;
        errno = ENOENT;
        if (component_ok(s, n)) {
            memcpy(name, s, n);
            name[n] = '\0';
            fd = openat(at, name, how | O_NOFOLLOW | O_CLOEXEC, 0640);
        }
        int keep = errno;
        if (at != dirfd)
            (void)close(at);
        errno = keep;
        if (fd < 0 || last)
            return fd;
        at = fd;
        s += n + 1;
    }
}

enum status file_open_below(int dirfd, const char *rel, int flags, int *ret_fd, struct err *err)
{
    struct stat sb;
    int fd = walk_below(dirfd, rel, flags);

    *ret_fd = -1;
    if (fd < 0) {
        bool absent = errno == ELOOP || errno == ENOTDIR || errno == ENOENT || errno == ENXIO;
        return absent ? no_such(err, rel) : path_err(err, "open", rel);
    }
    if (fstat(fd, &sb) < 0 || (!S_ISREG(sb.st_mode) && !S_ISDIR(sb.st_mode))) {
        (void)close(fd);
        return no_such(err, rel);
    }
    *ret_fd = fd;
    return ST_OK;
}

enum status file_check_secret(const char *path, struct err *err)
{
    char real[PATH_MAX];
    struct stat sb;

    if (lstat(path, &sb) < 0 || !realpath(path, real))
        return path_err(err, "look at the secret", path);
    if (!S_ISREG(sb.st_mode))
        return err_set(err, ST_DENIED, "%s must be a regular file", path);
    if (sb.st_uid != geteuid() && sb.st_uid != 0)
        return err_set(err, ST_DENIED, "%s must be owned by the user of this program or by root", path);
    if (sb.st_mode & 077) {
        (void)err_set(err, ST_DENIED, "%s can be read by others (mode %04o)", path, (unsigned)sb.st_mode & 07777);
        return err ? err_hint(err, "chmod 0600 %s", path) : ST_DENIED;
    }
    for (char *slash = strrchr(real, '/'); slash; slash = strrchr(real, '/')) {
        *slash = '\0';
        const char *dir = *real ? real : "/";
        if (stat(dir, &sb) < 0)
            return path_err(err, "look at the folder", dir);
        bool group_write = (sb.st_mode & S_IWGRP) && sb.st_gid != 0 && sb.st_gid != getegid();
        if ((group_write || (sb.st_mode & S_IWOTH)) && !(sb.st_mode & S_ISVTX)) {
            (void)err_set(err, ST_DENIED, "others may write the folder %s, so they could replace %s", dir,
                          base_name(path));
            return err ? err_hint(err, "chmod go-w %s", dir) : ST_DENIED;
        }
    }
    return ST_OK;
}

/* Deeper folders are moved up to the top first: a job may nest deeper than we have descriptors. */
enum { REMOVE_DEPTH = 64 };

static bool entry_skip(const char *name)
{
    return str_eq(name, ".") || str_eq(name, "..");
}

static enum status tree_empty(int top, int fd, unsigned depth, struct err *err);

static enum status entry_remove(int top, int dir, const char *name, unsigned depth, struct err *err)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return ST_OK;
    if (errno != EISDIR && errno != EPERM)
        return path_err(err, "remove", name);
    if (depth >= REMOVE_DEPTH) {
        char up[NAME_MAX + 1];
        unsigned char rnd[8];
        rand_bytes(rnd, sizeof rnd);
        (void)snprintf(up, sizeof up, ".deep-");
        hex_encode(rnd, sizeof rnd, up + strlen(up));
        return renameat(dir, name, top, up) == 0 ? ST_OK : path_err(err, "move", name);
    }
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ST_OK : path_err(err, "open the folder", name);
    enum status st = tree_empty(top, fd, depth + 1, err);
    if (st == ST_OK && unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        st = path_err(err, "remove the folder", name);
    return st;
}

/* Removes what is in the folder fd (closed here). Entries may appear meanwhile (moved up), so it repeats until empty.
 */
static enum status tree_empty(int top, int fd, unsigned depth, struct err *err)
{
    enum status st = ST_OK;
    DIR *d = fdopendir(fd);

    if (!d) {
        st = path_err(err, "read the folder", "");
        (void)close(fd);
        return st;
    }
    for (bool again = true; again && st == ST_OK;) {
        again = false;
        rewinddir(d);
        for (struct dirent *e; st == ST_OK && (e = readdir(d)) != NULL;) {
            if (entry_skip(e->d_name))
                continue;
            again = true;
            st = entry_remove(top < 0 ? fd : top, fd, e->d_name, depth, err);
        }
    }
    (void)closedir(d);
    return st;
}

enum status dir_remove(int dirfd, const char *name, struct err *err)
{
    if (strchr(name, '/') || !component_ok(name, strlen(name)))
        return err_set(err, ST_INVALID, "a folder to remove must be a plain name");
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT)
            return ST_OK;
        if (errno != ENOTDIR && errno != ELOOP)
            return path_err(err, "open the folder", name);
        return unlinkat(dirfd, name, 0) == 0 || errno == ENOENT ? ST_OK : path_err(err, "remove", name);
    }
    enum status st = tree_empty(-1, fd, 0, err);
    if (st == ST_OK && unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        st = path_err(err, "remove the folder", name);
    return st;
}
