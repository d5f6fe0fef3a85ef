/* The bytes of an upload on disk.
 *
 * The file's size is the only record of how far an upload got, so there is nothing to fall out of step after a crash.
 * Durability: every SYNC_PIECE bytes their write-back is started, so that the disk works while the network brings more,
 * and what lies SYNC_BEHIND back is waited for, which bounds dirty pages without the pause a flush of the device costs
 * on an event thread; the flush (fdatasync) comes once, after the last byte of all, on an executor. The answer to an
 * earlier request needs none: the offset it tells is no promise but what the file's size was, and the client asks for
 * it again before it resumes. A power cut can only shorten the file, since file systems move the size after the bytes
 * below it (ext4 data=ordered, xfs, btrfs); where one leaves zeros instead, a sha256 in the metadata finds them.
 *
 * Caveat: a portal killed in the middle of a request with a checksum leaves that request's bytes unverified. Clients
 * that want certainty about the whole file give sha256 in Upload-Metadata, which the worker compares.
 */
#include "upload_file.h"

#include "../core/conf.h"
#include "../core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYNC_PIECE  (INT64_C(8) << 20)
#define SYNC_BEHIND (INT64_C(64) << 20)

struct upload_file {
    int fd;
    int64_t start;  /* size when this request began */
    int64_t offset; /* size now */
    int64_t length; /* the whole upload */
    int64_t window; /* write-back was started up to here */
    struct tus_checksum sum;
    gnutls_hash_hd_t hash; /* NULL without a checksum and after finish */
};

static enum status path_of(const char *upload_id, char path[4096], struct err *err)
{
    if (!str_fmt(path, 4096, "%s/uploads/%s", g_conf->var, upload_id))
        return err_set(err, ST_FATAL, "the path of the upload folder is too long");
    return ST_OK;
}

enum status upload_file_open(const char *upload_id, bool create, struct upload_file **ret_f, struct err *err)
{
    char path[4096];
    struct stat sb;
    enum status st = path_of(upload_id, path, err);
    if (st)
        return st;

    /* Group-writable by its mode: the worker of another user moves it into the store. */
    int fd = open(path, O_RDWR | (create ? O_CREAT : 0) | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (fd < 0)
        return err_sys(err, errno, "the upload cannot be opened");
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        st = errno == EWOULDBLOCK
                 ? err_field(err, ST_LOCKED, "upload_busy", NULL, "another request is writing to this upload")
                 : err_sys(err, errno, "the upload cannot be locked");
        (void)err_hint(err, "Wait until it has ended, ask for the offset again, and go on from there.");
        goto fail;
    }
    if (fstat(fd, &sb)) {
        st = err_sys(err, errno, "the upload cannot be measured");
        goto fail;
    }
    struct upload_file *f = calloc(1, sizeof(*f));
    if (!f) {
        st = err_set(err, ST_FATAL, "out of memory");
        goto fail;
    }
    f->fd = fd;
    f->start = f->offset = f->window = sb.st_size;
    *ret_f = f;
    return ST_OK;
fail:
    (void)close(fd);
    return st;
}

int64_t upload_file_offset(const struct upload_file *f)
{
    return f->offset;
}

enum status upload_file_expect(struct upload_file *f, int64_t length, const struct tus_checksum *sum, struct err *err)
{
    f->length = length;
    f->sum = *sum;
    if (sum->algorithm == TUS_NONE)
        return ST_OK;
    int rc = gnutls_hash_init(&f->hash, sum->algorithm == TUS_SHA256 ? GNUTLS_DIG_SHA256 : GNUTLS_DIG_SHA1);
    if (rc < 0) {
        f->hash = NULL;
        return err_set(err, ST_FATAL, "the checksum cannot be computed: %s", gnutls_strerror(rc));
    }
    return ST_OK;
}

static void window_advance(struct upload_file *f)
{
    if (f->offset - f->window < SYNC_PIECE)
        return;
    /* Only a hint about when to write; errors come back from fdatasync. */
    if (f->window - SYNC_BEHIND >= f->start)
        (void)sync_file_range(f->fd, f->window - SYNC_BEHIND, SYNC_PIECE, SYNC_FILE_RANGE_WAIT_BEFORE);
    (void)sync_file_range(f->fd, f->window, f->offset - f->window, SYNC_FILE_RANGE_WRITE);
    f->window = f->offset;
}

enum status upload_file_write(struct upload_file *f, const char *p, size_t n, struct err *err)
{
    if ((int64_t)n > f->length - f->offset)
        return err_field(err, ST_TOOBIG, "upload_too_long", "Upload-Length",
                         "more bytes came than the upload was announced to have");
    if (f->hash)
        (void)gnutls_hash(f->hash, p, n);
    while (n) {
        ssize_t done = pwrite(f->fd, p, n, f->offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            (void)err_sys(err, errno, "the bytes cannot be written");
            return err_hint(err, "What arrived before is kept: the upload can be resumed when there is room again.");
        }
        p += done;
        n -= (size_t)done;
        f->offset += done;
    }
    window_advance(f);
    return ST_OK;
}

static enum status bytes_take_back(struct upload_file *f, struct err *err)
{
    if (ftruncate(f->fd, f->start))
        return err_sys(err, errno, "the bytes of this request cannot be taken back");
    f->offset = f->start;
    return ST_OK;
}

enum status upload_file_finish(struct upload_file *f, struct err *err)
{
    if (f->hash) {
        unsigned char got[64];
        gnutls_hash_deinit(f->hash, got);
        f->hash = NULL;
        if (memcmp(got, f->sum.digest, f->sum.len) != 0) {
            enum status st = bytes_take_back(f, err);
            if (st)
                return st;
            return err_field(err, ST_CONFLICT, "checksum_mismatch", "Upload-Checksum",
                             "The bytes do not have the checksum that was sent with them; they were dropped.");
        }
    }
    if (f->offset == f->length && fdatasync(f->fd))
        return err_sys(err, errno, "the bytes cannot be made durable");
    return ST_OK;
}

void upload_file_close(struct upload_file *f)
{
    if (!f)
        return;
    if (f->hash) {
        gnutls_hash_deinit(f->hash, NULL);
        (void)bytes_take_back(f, NULL);
    }
    (void)close(f->fd); /* drops the lock */
    free(f);
}

enum status upload_file_size(const char *upload_id, int64_t *ret_size, int64_t *ret_written_s, struct err *err)
{
    char path[4096];
    struct stat sb = { 0 };
    enum status st = path_of(upload_id, path, err);

    if (st)
        return st;
    if (stat(path, &sb) && errno != ENOENT)
        return err_sys(err, errno, "the upload cannot be measured");
    *ret_size = sb.st_size;
    *ret_written_s = sb.st_mtime;
    return ST_OK;
}

enum status upload_file_remove(const char *upload_id, struct err *err)
{
    char path[4096];
    enum status st = path_of(upload_id, path, err);

    if (st)
        return st;
    if (unlink(path) && errno != ENOENT)
        return err_sys(err, errno, "the bytes of the upload cannot be removed");
    return ST_OK;
}
