/* athanor-job <run folder> <attempt>: what a job of ours runs, and nothing else.
 *
 * Purpose: run template/run.sh exactly once an attempt and leave evidence of how it went (docs/contracts.md, section
 * 2). Flow:    claim the attempt (job_claim.c) -> environment from nothing (job_env.c) -> run.sh in its own process
 * group, watched by heartbeats -> measure with wait4 -> manifest.json, last and atomically (job_manifest.c). Caveats:
 * runs on compute nodes, so it is linked statically and trusts nothing but the run folder. If this process is killed
 * outright, a guard process ends run.sh: work must not go on without a witness. A copy that finds the claim taken over
 * by a later start of the same job ends its work and leaves without a manifest.
 */
#include "job.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between SIGTERM and SIGKILL: less than the 120 s the scheduler gives us before the end of the time. */
#define GRACE_MS   90000
#define EXIT_USAGE 2
#define EXIT_CLAIM 77

static int open_log(const struct job *j, const char *name)
{
    char path[JOB_PATH_MAX];
    if (!str_fmt(path, sizeof path, "%s/%s", j->attempt_dir, name))
        return -1;
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
}

/* In the child. Returns only on failure. */
static void run_script(const struct job *j, char **env)
{
    char script[JOB_PATH_MAX];
    sigset_t none;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open_log(j, "stdout.log");
    int err = open_log(j, "stderr.log");

    if (in < 0 || out < 0 || err < 0 || !str_fmt(script, sizeof script, "%s/template/run.sh", j->run_dir))
        return;
    (void)setpgid(0, 0);
    if (chdir("work") || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        return;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    char *argv[] = { "bash", script, NULL };
    execve("/bin/bash", argv, env);
}

/* A process that does nothing but wait for the end of a pipe that only we hold: when it comes without a farewell byte,
 * we have been killed and the group is ended. In its own group, so that our own signals pass it by. */
static pid_t guard_start(pid_t group, int *ret_fd)
{
    int fds[2];
    char byte;
    if (pipe2(fds, O_CLOEXEC))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        (void)setsid();
        (void)signal(SIGTERM, SIG_IGN);
        (void)close(fds[1]);
        ssize_t n;
        do
            n = read(fds[0], &byte, 1);
        while (n < 0 && errno == EINTR);
        if (n == 0)
            (void)kill(-group, SIGKILL);
        _exit(0);
    }
    (void)close(fds[0]);
    if (pid < 0) {
        (void)close(fds[1]);
        return -1;
    }
    *ret_fd = fds[1];
    return pid;
}

static void guard_end(pid_t guard, int fd)
{
    ssize_t n = write(fd, "", 1);
    (void)close(fd);
    if (n != 1)
        (void)kill(guard, SIGKILL);
    (void)waitpid(guard, NULL, 0);
}

/* Waits for run.sh, beating and forwarding signals. false: another copy has taken the claim. */
static bool script_watch(struct job *j, pid_t pid, const sigset_t *signals, int *ret_status)
{
    int64_t next = 0, kill_at = 0;
    for (;;) {
        pid_t p = waitpid(pid, ret_status, WNOHANG);
        if (p == pid)
            return true;
        int64_t now = clock_mono_ms();
        if (now >= next) {
            job_beat(j);
            if (job_claim_is_lost(j)) {
                (void)kill(-pid, SIGKILL);
                return false;
            }
            next = now + j->alive_ms;
        }
        if (kill_at && now >= kill_at) {
            (void)kill(-pid, SIGKILL);
            kill_at = 0;
        }
        int64_t wait = next - now;
        if (kill_at && kill_at - now < wait)
            wait = kill_at - now;
        struct timespec ts = { .tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000 };
        int sig = sigtimedwait(signals, NULL, &ts);
        if (sig > 0 && sig != SIGCHLD && !j->stop_signal) {
            j->stop_signal = sig;
            j->stopped_us = clock_wall_us();
            kill_at = clock_mono_ms() + GRACE_MS;
            (void)kill(-pid, SIGTERM);
        }
    }
}

/* Background processes of run.sh may not write after the manifest; as their reaper we also get their usage. */
static void group_end(pid_t group)
{
    (void)kill(-group, SIGKILL);
    while (waitpid(-group, NULL, 0) > 0 || errno == EINTR)
        ;
}

static enum status job_run(struct job *j, char **env, struct err *err)
{
    struct job_end end = { 0 };
    sigset_t signals;
    int guard_fd = -1, status = 0;

    job_put_aside(j);
    job_beat(j); /* also a run shorter than a heartbeat has one */

    (void)sigemptyset(&signals);
    static const int heard[] = { SIGCHLD, SIGTERM, SIGUSR1, SIGINT, SIGHUP };
    for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
        (void)sigaddset(&signals, heard[i]);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);

    end.started_us = clock_wall_us();
    int64_t t0 = clock_mono_ms();
    pid_t pid = fork();
    if (pid == 0) {
        run_script(j, env);
        dprintf(STDERR_FILENO, "athanor-job: cannot start template/run.sh: %s\n", strerror(errno));
        _exit(126);
    }
    if (pid < 0)
        return err_sys(err, errno, "cannot start a process for run.sh");
    (void)setpgid(pid, pid); /* both sides do it: whoever comes first */
    pid_t guard = guard_start(pid, &guard_fd);
    if (guard < 0) {
        int e = errno;
        group_end(pid);
        return err_sys(err, e, "cannot start the guard process");
    }
    bool ours = script_watch(j, pid, &signals, &status);
    group_end(pid);
    guard_end(guard, guard_fd);
    if (!ours) {
        job_note_duplicate(j, "taken over by a later start of the same job");
        j->exit_code = EXIT_CLAIM;
        return ST_OK;
    }
    end.ended_us = clock_wall_us();
    end.elapsed_s = (double)(clock_mono_ms() - t0) / 1000.0;
    end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    (void)getrusage(RUSAGE_CHILDREN, &end.usage);
    return job_manifest_write(j, &end, err);
}

/* Plain mkdir: the run folder's setgid bit is to be inherited. */
static enum status folder_make(const char *path, struct err *err)
{
    return mkdir(path, 0777) && errno != EEXIST ? err_sys(err, errno, "cannot make the folder %s", path) : ST_OK;
}

static enum status job_prepare(struct job *j, const char *run_dir, const char *attempt, char ***ret_env,
                               struct err *err)
{
    uint64_t n;
    if (!num_u64(attempt, 1, JOB_ATTEMPT_MAX, &n))
        return err_set(err, ST_INVALID, "the attempt must be 1 to %d, not \"%s\"", JOB_ATTEMPT_MAX, attempt);
    j->attempt = (int)n;
    (void)str_fmt(j->attempt_dir, sizeof j->attempt_dir, "attempt/a%02d", j->attempt);
    if (chdir(run_dir) || !getcwd(j->run_dir, sizeof j->run_dir))
        return err_sys(err, errno, "cannot enter the run folder");
    enum status st = job_spec_read(j, err);
    if (!st)
        st = folder_make("attempt", err);
    if (!st)
        st = folder_make(j->attempt_dir, err);
    if (!st)
        st = folder_make("work", err);
    /* Before the claim, which may wait: the walltime counts from the start of the job. */
    return st ? st : job_env_build(j, ret_env, err);
}

static enum status job_main(struct job *j, const char *run_dir, const char *attempt, struct err *err)
{
    char **env = NULL;
    enum status st = job_prepare(j, run_dir, attempt, &env, err);
    if (!st)
        st = job_claim(j, err);
    if (st == ST_CONFLICT) {
        job_note_duplicate(j, err->text);
        fprintf(stderr, "athanor-job: %s\n", err->text);
        j->exit_code = EXIT_CLAIM;
        st = ST_OK;
    } else if (!st && !job_is_done(j)) { /* done: started again after it had succeeded */
        st = job_run(j, env, err);
    }
    job_env_free(env);
    return st;
}

int main(int argc, char **argv)
{
    static struct job j;
    struct err err = { 0 };
    if (argc != 3) {
        fprintf(stderr, "usage: athanor-job RUN_FOLDER ATTEMPT\n");
        return EXIT_USAGE;
    }
    (void)umask(027);
    job_identify(&j);
    if (job_main(&j, argv[1], argv[2], &err)) {
        fprintf(stderr, "athanor-job: %s%s%s\n", err.text, err.detail[0] ? " - " : "", err.detail);
        return EXIT_USAGE;
    }
    return j.exit_code;
}
