/* Files and folders: safe opening, whole-file reads with a ceiling, atomic writes,
 * checks on secrets. Everything is opened O_CLOEXEC. Any thread.
 */
#ifndef ATH_CORE_FILE_H
#define ATH_CORE_FILE_H

#include "buf.h"
#include "err.h"

#include <stdint.h>
#include <sys/types.h>

/* The whole of a regular file; more than max is ST_TOOBIG. ret_b is initialised here, also on failure. The second form
 * opens like file_open_below: no links, nothing outside dirfd. */
enum status file_read(const char *path, size_t max, struct buf *ret_b, struct err *err);
enum status file_read_at(int dirfd, const char *name, size_t max, struct buf *ret_b, struct err *err);
/* Temporary name beside it, fsync, rename, fsync of the folder. */
enum status file_write_atomic(const char *path, const void *p, size_t n, mode_t mode, struct err *err);
enum status dir_make(const char *path, mode_t mode, struct err *err); /* with parents; existing is fine */
/* Opens dir/rel for reading where rel is foreign text: every component is opened with
 * O_NOFOLLOW below dirfd; "..", absolute, empty components, NUL are ST_NOTFOUND. Returns the descriptor. */
enum status file_open_below(int dirfd, const char *rel, int flags, int *ret_fd, struct err *err);
/* A secret: regular file, owned by us or root, no group/other bits, no ancestor that others may write (unless sticky).
 */
enum status file_check_secret(const char *path, struct err *err);
/* Removes a tree below dirfd without following links. Missing is fine. */
enum status dir_remove(int dirfd, const char *name, struct err *err);

static inline void fd_cleanup(int *fd);
#include <unistd.h>
static inline void fd_cleanup(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
#define FD_AUTO __attribute__((cleanup(fd_cleanup))) int

#endif
