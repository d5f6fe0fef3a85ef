/* The exclusive claim on an attempt: attempt/aNN/claim/owner = "<scheduler job id> <host> <pid>\n".
 *
 * Made by renaming a prepared folder, so that it appears together with its owner and a kill at any moment leaves
 * either nothing or the whole. Another job id in it means a second submission of the same attempt: that copy leaves.
 * The same job id means the scheduler has started the job again: the new start puts its name into the claim and waits
 * until the old one is silent, for after a network split both may live. The old one sees the changed owner at its next
 * heartbeat and leaves.
 */
#include "job.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/file.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A copy silent for this many heartbeats is dead (NFS may show a touch some seconds late); one that has not stopped
 * after WATCH_BEATS never will, and then we leave the attempt to it. */
#define SILENT_BEATS 3
#define WATCH_BEATS  12

void job_identify(struct job *j)
{
    const char *id = getenv("SLURM_JOB_ID");
    if (!id)
        id = getenv("AWS_BATCH_JOB_ID");
    if (!id || !id[0] || !str_fmt(j->id, sizeof j->id, "%s", id) || strpbrk(j->id, " \n"))
        (void)str_fmt(j->id, sizeof j->id, "-");
    if (gethostname(j->host, sizeof j->host - 1) || !j->host[0])
        (void)str_fmt(j->host, sizeof j->host, "unknown");
    (void)str_fmt(j->owner, sizeof j->owner, "%s %s %d\n", j->id, j->host, (int)getpid());
}

static bool attempt_path(const struct job *j, const char *name, char *out, size_t cap)
{
    return str_fmt(out, cap, "%s/%s", j->attempt_dir, name);
}

/* Without RENAME_NOREPLACE (NFS) a plain rename still refuses a claim, for a claim is never an empty folder. */
static int rename_new(const char *from, const char *to)
{
    if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
        return 0;
    return errno == EINVAL || errno == ENOSYS ? rename(from, to) : -1;
}

static enum status owner_read(const struct job *j, struct buf *ret_b, struct err *err)
{
    char path[96];
    (void)attempt_path(j, "claim/owner", path, sizeof path);
    return file_read(path, sizeof j->owner, ret_b, err);
}

bool job_claim_is_lost(const struct job *j)
{
    BUF_AUTO b = { 0 };
    return !owner_read(j, &b, NULL) && b.len > 0 && !str_eq(b.p, j->owner);
}

static bool claim_is_ours(const struct job *j)
{
    BUF_AUTO b = { 0 };
    return !owner_read(j, &b, NULL) && str_eq(b.p, j->owner);
}

/* ret_made: the claim is new and ours. */
static enum status claim_make(const struct job *j, bool *ret_made, struct err *err)
{
    char claim[96], fresh[192], file[224];
    (void)attempt_path(j, "claim", claim, sizeof claim);
    (void)str_fmt(fresh, sizeof fresh, "%s.%s.%d", claim, j->id, (int)getpid());
    (void)str_fmt(file, sizeof file, "%s/owner", fresh);

    if (mkdir(fresh, 0777) && errno != EEXIST)
        return err_sys(err, errno, "cannot prepare the claim on the attempt");
    enum status st = file_write_atomic(file, j->owner, strlen(j->owner), 0640, err);
    if (st)
        return st;
    int e = rename_new(fresh, claim) ? errno : 0;
    /* A network file system may report a failure for a rename it has done: then the owner is us. */
    *ret_made = !e || claim_is_ours(j);
    if (e) {
        (void)unlink(file);
        (void)rmdir(fresh);
    }
    if (!*ret_made && e != EEXIST && e != ENOTEMPTY)
        return err_sys(err, e, "cannot claim the attempt");
    return ST_OK;
}

void job_beat(const struct job *j)
{
    char path[96];
    (void)attempt_path(j, "alive", path, sizeof path);
    FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd >= 0)
        (void)futimens(fd, NULL);
}

static bool beat_seen(const struct job *j, struct timespec *ret_t)
{
    char path[96];
    struct stat sb;
    (void)attempt_path(j, "alive", path, sizeof path);
    if (stat(path, &sb))
        return false;
    *ret_t = sb.st_mtim;
    return true;
}

/* Waits until the copy on `host` is silent. false: it goes on beating. Clocks of two machines may differ, so what
 * counts is whether the heartbeat moves, not how old it is. */
static bool copy_is_silent(const struct job *j, const char *host, pid_t pid)
{
    struct timespec seen = { 0 }, now = { 0 };
    int still = 0;

    if (str_eq(host, j->host) && (pid == getpid() || (kill(pid, 0) && errno == ESRCH)))
        return true;
    (void)beat_seen(j, &seen);
    for (int i = 0; i < WATCH_BEATS && still < SILENT_BEATS; i++) {
        clock_sleep_ms(j->alive_ms);
        (void)beat_seen(j, &now);
        still = now.tv_sec == seen.tv_sec && now.tv_nsec == seen.tv_nsec ? still + 1 : 0;
        seen = now;
    }
    return still >= SILENT_BEATS;
}

static enum status claim_take_over(const struct job *j, const char *owner, struct err *err)
{
    char id[64] = "", host[256] = "", pid_text[16] = "", path[96];
    uint64_t pid;
    if (sscanf(owner, "%63s %255s %15s", id, host, pid_text) != 3 || !num_u64(pid_text, 1, INT32_MAX, &pid))
        return err_set(err, ST_CONFLICT, "this attempt is claimed by an owner that cannot be read");
    if (!str_eq(id, j->id) || str_eq(id, "-"))
        return err_set(err, ST_CONFLICT, "this attempt is already claimed by job %s on %s", id, host);
    (void)attempt_path(j, "claim/owner", path, sizeof path);
    enum status st = file_write_atomic(path, j->owner, strlen(j->owner), 0640, err);
    if (st)
        return err_wrap(err, "cannot take the claim over");
    if (!copy_is_silent(j, host, (pid_t)pid))
        return err_set(err, ST_CONFLICT, "an earlier start of job %s still runs on %s", id, host);
    return ST_OK;
}

enum status job_claim(struct job *j, struct err *err)
{
    bool made = false;
    enum status st = claim_make(j, &made, err);
    if (st || made)
        return st;
    BUF_AUTO b = { 0 };
    st = owner_read(j, &b, err);
    if (st == ST_NOTFOUND)
        return err_set(err, ST_CONFLICT, "this attempt is claimed by an owner that cannot be read");
    return st ? st : claim_take_over(j, b.p, err);
}

void job_note_duplicate(const struct job *j, const char *why)
{
    char path[96], line[1024], t[32];
    (void)attempt_path(j, "duplicates", path, sizeof path);
    clock_rfc3339(clock_wall_us(), t, sizeof t);
    (void)snprintf(line, sizeof line, "%s %.*s: %.384s\n", t, (int)strcspn(j->owner, "\n"), j->owner, why);
    FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd >= 0 && write(fd, line, strlen(line)) < 0)
        fprintf(stderr, "athanor-job: cannot note the duplicate: %s\n", strerror(errno));
}
