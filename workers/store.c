/* Content by hash below <var>/store/ab/cd/<sha256>.
 *
 * Bytes are hashed while they are copied, so what is stored is what was hashed, whatever happens to the source
 * meanwhile (uploads belong to another user). Temporary file, fsync, rename, fsync of the folder: a name in the store
 * always has its whole content. Stored files are 0640 and never written again.
 */
#include "store.h"

#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/file.h"
#include "../portal/core/id.h"
#include "../portal/core/str.h"
#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define PIECE          (1u << 20)
#define TEMP_MAX_AGE_S 86400

static enum status write_all(int fd, const unsigned char *p, size_t n, struct err *err)
{
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return err_sys(err, errno, "the store cannot be written");
        p += w;
        n -= (size_t)w;
    }
    return ST_OK;
}

/* Reads `in` to its end; hashes; writes to `out` unless that is -1. */
static enum status hash_copy(int in, int out, int64_t limit, char ret_hex[SHA_HEX], int64_t *ret_bytes, struct err *err)
{
    crypto_hash_sha256_state h;
    unsigned char sum[SHA_BYTES];
    unsigned char *piece = malloc(PIECE);
    if (!piece)
        abort();
    (void)crypto_hash_sha256_init(&h);
    int64_t total = 0;
    enum status st = ST_OK;
    while (!st) {
        ssize_t n = read(in, piece, PIECE);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            st = err_sys(err, errno, "the content cannot be read");
            break;
        }
        total += n;
        if (total > limit)
            st = err_set(err, ST_TOOBIG, "there are more than the expected %lld bytes", (long long)limit);
        (void)crypto_hash_sha256_update(&h, piece, (unsigned long long)n);
        if (!st && out >= 0)
            st = write_all(out, piece, (size_t)n, err);
    }
    free(piece);
    if (st)
        return st;
    (void)crypto_hash_sha256_final(&h, sum);
    hex_encode(sum, sizeof sum, ret_hex);
    *ret_bytes = total;
    return ST_OK;
}

enum status file_sha256(int fd, char ret_hex[SHA_HEX], int64_t *ret_bytes, struct err *err)
{
    return hash_copy(fd, -1, INT64_MAX, ret_hex, ret_bytes, err);
}

static enum status store_place(const char *temp, const char *hex, struct err *err)
{
    char path[PATH_MAX], dir[PATH_MAX];
    if (!path_store(path, hex))
        return err_set(err, ST_FATAL, "the path of the store is too long");
    (void)str_fmt(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
    enum status st = dir_make(dir, 0750, err);
    if (st)
        return st;
    if (rename(temp, path))
        return err_sys(err, errno, "the stored content cannot be named");
    FD_AUTO d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d < 0 || fsync(d))
        return err_sys(err, errno, "the store cannot be synced");
    return ST_OK;
}

enum status store_add(int fd, int64_t limit, char ret_hex[SHA_HEX], int64_t *ret_bytes, struct err *err)
{
    char rel[64], name[ID_MAX], temp[PATH_MAX], store[PATH_MAX];
    id_new("wrk", name);
    if (!str_fmt(rel, sizeof rel, "store/.tmp-%s", name) || !path_var(temp, rel) || !path_var(store, "store"))
        return err_set(err, ST_FATAL, "the path of the store is too long");
    enum status st = dir_make(store, 0750, err);
    if (st)
        return st;
    FD_AUTO out = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (out < 0)
        return err_sys(err, errno, "the store cannot be written");
    st = hash_copy(fd, out, limit, ret_hex, ret_bytes, err);
    if (!st && fsync(out))
        st = err_sys(err, errno, "the store cannot be synced");
    if (!st)
        st = store_place(temp, ret_hex, err);
    if (st)
        (void)unlink(temp);
    return st;
}

enum status store_open(const char *hex, int *ret_fd, struct err *err)
{
    char path[PATH_MAX];
    if (!path_store(path, hex))
        return err_set(err, ST_FATAL, "that is no name in the store");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_sys(err, errno, "the stored content %.12s is not readable", hex);
    *ret_fd = fd;
    return ST_OK;
}

enum status store_copy_to(const char *hex, const char *path, struct err *err)
{
    FD_AUTO in = -1;
    enum status st = store_open(hex, &in, err);
    if (st)
        return st;
    (void)unlink(path);
    FD_AUTO out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (out < 0)
        return err_sys(err, errno, "the input file cannot be made");
    if (ioctl(out, FICLONE, in) == 0)
        return ST_OK;
    for (;;) {
        ssize_t n = copy_file_range(in, NULL, out, NULL, 1u << 30, 0);
        if (n == 0)
            return ST_OK;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
    }
    /* Not between these file systems: by hand, from the start. */
    char got[SHA_HEX];
    int64_t bytes;
    if (lseek(in, 0, SEEK_SET) || lseek(out, 0, SEEK_SET) || ftruncate(out, 0))
        return err_sys(err, errno, "the input file cannot be made");
    return hash_copy(in, out, INT64_MAX, got, &bytes, err);
}

bool store_has(const char *hex)
{
    char path[PATH_MAX];
    return path_store(path, hex) && access(path, F_OK) == 0;
}

enum status store_remove(const char *hex, struct err *err)
{
    char path[PATH_MAX];
    if (!path_store(path, hex))
        return err_set(err, ST_FATAL, "that is no name in the store");
    if (unlink(path) && errno != ENOENT)
        return err_sys(err, errno, "the stored content %.12s cannot be deleted", hex);
    return ST_OK;
}

void store_sweep(void)
{
    char path[PATH_MAX];
    if (!path_var(path, "store"))
        return;
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        struct stat sb;
        if (str_starts(e->d_name, ".tmp-") && !fstatat(dirfd(d), e->d_name, &sb, AT_SYMLINK_NOFOLLOW) &&
            sb.st_mtime + TEMP_MAX_AGE_S < clock_wall_us() / 1000000)
            (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    if (d)
        (void)closedir(d);
}
