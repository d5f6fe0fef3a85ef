/* The database part of a backup: pg_dump of the owner's database into a file.
 *
 * The connection's own parameters are handed over in the environment, so that a password of the connection string
 * is in no list of processes. The dump is written beside the file and renamed when it is complete.
 */
#include "db_int.h"

#include "../core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: never returns. */
static void dump_exec(const PQconninfoOption *options, const char *path)
{
    char file[PATH_MAX + 16];
    for (const PQconninfoOption *o = options; o->keyword; o++) {
        /* Our session limits must not stop a long dump. */
        if (o->envvar && o->val && o->val[0] && !str_eq(o->keyword, "options"))
            (void)setenv(o->envvar, o->val, 1);
    }
    (void)snprintf(file, sizeof file, "--file=%s", path);
    (void)execlp("pg_dump", "pg_dump", "--format=custom", "--no-password", file, (char *)NULL);
    (void)fprintf(stderr, "pg_dump cannot be started\n");
    _exit(127);
}

static enum status dump_run(PGconn *pg, const char *path, struct err *err)
{
    PQconninfoOption *options = PQconninfo(pg);
    if (!options)
        return err_set(err, ST_FATAL, "Out of memory for the connection's parameters.");
    pid_t pid = fork();
    if (pid == 0)
        dump_exec(options, path);
    PQconninfoFree(options);
    int how = 0;
    if (pid < 0 || waitpid(pid, &how, 0) != pid)
        return err_sys(err, errno, "pg_dump cannot be started");
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
        err_set(err, ST_FATAL, "The dump failed.");
        return err_hint(err, "Its messages are above; is the package postgresql-client installed?");
    }
    return ST_OK;
}

enum status db_backup(const char *path, struct err *err)
{
    CONN_AUTO pg = NULL;
    char partial[PATH_MAX];
    if (!str_fmt(partial, sizeof partial, "%s.partial", path))
        return err_field(err, ST_INVALID, "path_too_long", NULL, "The path is too long.");
    enum status st = db_connect(DB_OWNER, "athanor-backup", &pg, err);
    if (st)
        return st;
    int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys(err, errno, "the dump cannot be written");
    st = dump_run(pg, partial, err);
    if (st == ST_OK && (fsync(fd) != 0 || rename(partial, path) != 0))
        st = err_sys(err, errno, "the dump cannot be finished");
    (void)close(fd);
    if (st)
        (void)unlink(partial);
    return st;
}
