/* athanor-supervise: starts the programs of one stack, keeps them up, stops exactly them.
 *
 *   athanor-supervise run VAR      in the foreground; `make up` puts it in the background
 *   athanor-supervise stop VAR     also after kill -9 of the supervisor or a reboot
 *   athanor-supervise status VAR   one line a service; exit 0 when all that should run do
 *   athanor-supervise restart VAR NAME
 *
 * Flow: reads VAR/run/services (see services.h), starts the services in order, each after the one before is ready; a
 * service that ends is started again, at most RESTARTS_MAX times in RESTARTS_WINDOW, then it is "failed" and left
 * alone. SIGTERM stops in reverse order. Every process carries ATHANOR_STACK=<VAR> in its environment, and every pid
 * file the start time and boot id beside the pid, so that stop never signals a stranger that got the number again.
 *
 * Caveats: as root each service runs as its own user with exactly the listed groups. Jobs of the private Slurm are
 * children of slurmstepd, found by the marker. PostgreSQL overwrites its environment: it is found by its pid file.
 */
#include "services.h"

#include "../../portal/core/buf.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/file.h"
#include "../../portal/core/log.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Erlang's habit: enough for a crash at a bad moment, too few to hide a crash loop. */
#define RESTARTS_MAX       5
#define RESTARTS_WINDOW_MS 300000
#define READY_WAIT_MS      60000

static volatile sig_atomic_t g_stop, g_child;

static void on_signal(int sig)
{
    if (sig == SIGCHLD)
        g_child = 1;
    else
        g_stop = 1;
}

/* A process that is the one we started has the same start time under the same boot. */
static bool proc_start(pid_t pid, char out[24])
{
    char path[64];
    BUF_AUTO b = { 0 };
    (void)str_fmt(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (file_read(path, 4096, &b, NULL) != ST_OK)
        return false;
    /* The command name may hold anything, so count fields from its closing bracket: state is 3, starttime 22. */
    const char *p = strrchr(b.p, ')');
    if (p == NULL || p[1] == '\0' || p[2] == 'Z')
        return false;
    p += 2;
    for (int field = 3; field < 22 && p != NULL; field++)
        p = strchr(p + 1, ' ');
    if (p == NULL)
        return false;
    size_t n = strcspn(p + 1, " ");
    return n < 24 && str_fmt(out, 24, "%.*s", (int)n, p + 1);
}

static void boot_id(char out[40])
{
    BUF_AUTO b = { 0 };
    out[0] = '\0';
    if (file_read("/proc/sys/kernel/random/boot_id", 64, &b, NULL) == ST_OK)
        (void)str_fmt(out, 40, "%.36s", b.p);
}

static void pid_save(const char *var, const char *name, pid_t pid)
{
    char path[PATH_LEN], start[24] = "", boot[40], line[128];
    (void)proc_start(pid, start);
    boot_id(boot);
    if (str_fmt(path, sizeof path, "%s/run/%s.pid", var, name) &&
        str_fmt(line, sizeof line, "%d %s %s\n", (int)pid, start, boot))
        (void)file_write_atomic(path, line, strlen(line), 0644, NULL);
}

static void pid_forget(const char *var, const char *name)
{
    char path[PATH_LEN];
    if (str_fmt(path, sizeof path, "%s/run/%s.pid", var, name))
        (void)unlink(path);
}

/* True when the pid file names a process that still is the one it was written for. */
static bool pid_load(const char *var, const char *name, pid_t *ret_pid)
{
    char path[PATH_LEN], start[24], boot[40];
    BUF_AUTO b = { 0 };
    if (!str_fmt(path, sizeof path, "%s/run/%s.pid", var, name) || file_read(path, 256, &b, NULL) != ST_OK)
        return false;
    char *rest = b.p;
    const char *number = strsep(&rest, " \n"), *started = strsep(&rest, " \n"), *booted = strsep(&rest, " \n");
    int64_t pid;
    if (!booted || !num_i64(number, 2, INT32_MAX, &pid))
        return false;
    boot_id(boot);
    if (!str_eq(boot, booted) || !proc_start((pid_t)pid, start) || !str_eq(start, started))
        return false;
    *ret_pid = (pid_t)pid;
    return true;
}

static const char *state_name(enum service_state s)
{
    static const char *const names[] = { "stopped", "running", "done", "failed" };
    return names[s];
}

static void status_save(const struct stack *st)
{
    char path[PATH_LEN];
    BUF_AUTO b = { 0 };
    buf_init(&b, 65536);
    for (size_t i = 0; i < st->n; i++)
        buf_printf(&b, "%s %s %d %d\n", st->svc[i].name, state_name(st->svc[i].state), (int)st->svc[i].pid,
                   st->svc[i].restarts);
    if (buf_ok(&b) && str_fmt(path, sizeof path, "%s/run/status", st->var))
        (void)file_write_atomic(path, b.p, b.len, 0644, NULL);
}

/* In the child: become the service. Never returns. */
static void service_become(const struct stack *st, const struct service *s)
{
    char path[PATH_LEN], marker[PATH_LEN + 16];
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setsid();
    int log = -1, null = open("/dev/null", O_RDONLY);
    if (str_fmt(path, sizeof path, "%s/log/%s.log", st->var, s->name))
        log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
    if (log < 0 || null < 0)
        _exit(126);
    (void)dup2(null, 0);
    (void)dup2(log, 1);
    (void)dup2(log, 2);
    (void)close_range(3, ~0U, 0);
    if (geteuid() == 0 && s->user[0] != '\0') {
        const struct passwd *pw = getpwnam(s->user);
        gid_t groups[8];
        size_t n = 0;
        if (pw == NULL) {
            fprintf(stderr, "no such user: %s\n", s->user);
            _exit(126);
        }
        groups[n++] = pw->pw_gid;
        for (size_t i = 0; i < s->n_groups; i++) {
            const struct group *gr = getgrnam(s->groups[i]);
            if (gr == NULL) {
                fprintf(stderr, "no such group: %s\n", s->groups[i]);
                _exit(126);
            }
            groups[n++] = gr->gr_gid;
        }
        if (setgroups(n, groups) != 0 || setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0) {
            perror("changing user");
            _exit(126);
        }
    }
    (void)umask(027);
    if (!str_fmt(marker, sizeof marker, "ATHANOR_STACK=%s", st->var))
        _exit(126);
    char *env[SERVICE_ENV_MAX + 4];
    size_t n = 0;
    env[n++] = marker;
    static char base_path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    static char base_lang[] = "LANG=C.UTF-8";
    env[n++] = base_path;
    env[n++] = base_lang;
    for (size_t i = 0; i < s->n_env; i++)
        env[n++] = s->env[i];
    env[n] = NULL;
    if (chdir(st->var) != 0 || s->n_args == 0)
        _exit(126);
    (void)execve(s->args[0], s->args, env);
    fprintf(stderr, "%s: %s\n", s->args[0], strerror(errno));
    _exit(127);
}

static void service_start(struct stack *st, struct service *s)
{
    s->pid = fork();
    if (s->pid == 0)
        service_become(st, s);
    if (s->pid < 0) {
        log_fmt(LOG_ERROR, "supervise.fork", "%s: %s", s->name, strerror(errno));
        s->pid = 0;
        s->state = SERVICE_FAILED;
        return;
    }
    s->state = SERVICE_RUNNING;
    pid_save(st->var, s->name, s->pid);
    log_fmt(LOG_INFO, "supervise.start", "%s pid %d", s->name, (int)s->pid);
    status_save(st);
}

/* A service ended: decide by the table of its kind and its record. */
static void service_ended(struct stack *st, struct service *s, int wstatus)
{
    int64_t now = clock_mono_ms();
    bool clean = WIFEXITED(wstatus) && WEXITSTATUS(wstatus) == 0;
    s->pid = 0;
    pid_forget(st->var, s->name);
    if (s->oneshot && clean) {
        s->state = SERVICE_DONE;
    } else if (g_stop) {
        s->state = SERVICE_STOPPED;
    } else {
        if (now - s->window_ms > RESTARTS_WINDOW_MS) {
            s->window_ms = now;
            s->restarts = 0;
        }
        s->state = s->restarts++ < RESTARTS_MAX ? SERVICE_STOPPED : SERVICE_FAILED;
        /* A pause that grows, so a service waiting for another one does not burn its tries. */
        s->retry_ms = now + 250 * ((int64_t)1 << s->restarts);
    }
    log_fmt(clean ? LOG_INFO : LOG_WARN, "supervise.ended", "%s %s %d, now %s", s->name,
            WIFSIGNALED(wstatus) ? "signal" : "exit", WIFSIGNALED(wstatus) ? WTERMSIG(wstatus) : WEXITSTATUS(wstatus),
            state_name(s->state));
    status_save(st);
}

static void children_reap(struct stack *st)
{
    int w;
    pid_t pid;
    g_child = 0;
    while ((pid = waitpid(-1, &w, WNOHANG)) > 0)
        for (size_t i = 0; i < st->n; i++)
            if (st->svc[i].pid == pid)
                service_ended(st, &st->svc[i], w);
}

static void services_retry(struct stack *st)
{
    int64_t now = clock_mono_ms();
    for (size_t i = 0; i < st->n; i++) {
        struct service *s = &st->svc[i];
        if (s->state == SERVICE_STOPPED && s->retry_ms != 0 && now >= s->retry_ms) {
            s->retry_ms = 0;
            service_start(st, s);
        }
    }
}

/* Waits until the service is ready (its file exists, or a one-shot ended well). */
static bool service_wait_ready(struct stack *st, struct service *s)
{
    int64_t until = clock_mono_ms() + READY_WAIT_MS;
    while (!g_stop && clock_mono_ms() < until) {
        children_reap(st);
        services_retry(st);
        if (s->state == SERVICE_FAILED)
            return false;
        if (s->oneshot ? s->state == SERVICE_DONE
                       : s->state == SERVICE_RUNNING && (s->ready[0] == '\0' || access(s->ready, F_OK) == 0))
            return true;
        clock_sleep_ms(25);
    }
    return false;
}

static bool wait_gone(pid_t pid, bool child, int64_t ms)
{
    int64_t until = clock_mono_ms() + ms;
    char start[24];
    while (clock_mono_ms() < until) {
        if (child ? waitpid(pid, NULL, WNOHANG) == pid : !proc_start(pid, start))
            return true;
        clock_sleep_ms(20);
    }
    return false;
}

static void service_stop(const struct stack *st, const struct service *s, pid_t pid, bool child)
{
    (void)kill(pid, s->stop_signal);
    if (!wait_gone(pid, child, s->stop_wait_ms)) {
        log_fmt(LOG_WARN, "supervise.kill", "%s did not stop in %lld ms", s->name, (long long)s->stop_wait_ms);
        (void)kill(pid, SIGKILL);
        (void)wait_gone(pid, child, 5000);
    }
    pid_forget(st->var, s->name);
}

/* Processes of this stack that no pid file names: jobs, steps, children of a crashed supervisor. */
static int strays_signal(const char *var, int sig)
{
    char marker[PATH_LEN + 16], path[64];
    int found = 0;
    DIR *d = opendir("/proc");
    if (d == NULL || !str_fmt(marker, sizeof marker, "ATHANOR_STACK=%s", var)) {
        if (d != NULL)
            (void)closedir(d);
        return 0;
    }
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        int64_t pid;
        BUF_AUTO b = { 0 };
        if (!num_i64(e->d_name, 2, 1 << 30, &pid) || pid == getpid() ||
            !str_fmt(path, sizeof path, "/proc/%lld/environ", (long long)pid) ||
            file_read(path, 1 << 20, &b, NULL) != ST_OK)
            continue;
        for (size_t i = 0; i < b.len; i += strlen(b.p + i) + 1)
            if (str_eq(b.p + i, marker)) {
                found += kill((pid_t)pid, sig) == 0;
                break;
            }
    }
    (void)closedir(d);
    return found;
}

static void strays_stop(const char *var)
{
    for (int i = 0; i < 50 && strays_signal(var, i < 40 ? SIGTERM : SIGKILL) > 0; i++)
        clock_sleep_ms(100);
}

static int lock_take(const char *var, bool wait)
{
    char path[PATH_LEN];
    if (!str_fmt(path, sizeof path, "%s/run/supervise.lock", var))
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0 && flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int cmd_run(struct stack *st)
{
    int lock = lock_take(st->var, false);
    if (lock < 0) {
        fprintf(stderr, "athanor-supervise: another supervisor runs for %s\n", st->var);
        return 1;
    }
    pid_save(st->var, "supervise", getpid());
    struct sigaction sa = { .sa_handler = on_signal };
    (void)sigaction(SIGTERM, &sa, NULL);
    (void)sigaction(SIGINT, &sa, NULL);
    (void)sigaction(SIGCHLD, &sa, NULL);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    bool ok = true;
    for (size_t i = 0; i < st->n && ok && !g_stop; i++) {
        st->svc[i].window_ms = clock_mono_ms();
        service_start(st, &st->svc[i]);
        ok = service_wait_ready(st, &st->svc[i]);
        if (!ok && !g_stop) {
            st->svc[i].state = SERVICE_FAILED;
            status_save(st);
            log_fmt(LOG_ERROR, "supervise.not_ready", "%s is not ready; see log/%s.log", st->svc[i].name,
                    st->svc[i].name);
        }
    }
    while (!g_stop) {
        children_reap(st);
        services_retry(st);
        clock_sleep_ms(g_child ? 0 : 100);
    }
    for (size_t i = st->n; i-- > 0;)
        if (st->svc[i].pid > 0) {
            service_stop(st, &st->svc[i], st->svc[i].pid, true);
            st->svc[i].pid = 0;
            st->svc[i].state = SERVICE_STOPPED;
        }
    strays_stop(st->var);
    status_save(st);
    pid_forget(st->var, "supervise");
    (void)close(lock);
    return 0;
}

static int cmd_stop(struct stack *st)
{
    pid_t pid;
    if (pid_load(st->var, "supervise", &pid)) {
        (void)kill(pid, SIGTERM);
        (void)wait_gone(pid, false, 120000);
    }
    /* What a crashed supervisor left: the same order, by pid file, then by marker. */
    for (size_t i = st->n; i-- > 0;)
        if (pid_load(st->var, st->svc[i].name, &pid))
            service_stop(st, &st->svc[i], pid, false);
    strays_stop(st->var);
    pid_forget(st->var, "supervise");
    return 0;
}

static int cmd_status(struct stack *st)
{
    char path[PATH_LEN];
    pid_t pid;
    bool ok = pid_load(st->var, "supervise", &pid);
    BUF_AUTO b = { 0 };
    if (!ok || !str_fmt(path, sizeof path, "%s/run/status", st->var) || file_read(path, 65536, &b, NULL) != ST_OK) {
        puts("not running");
        return 3;
    }
    (void)fputs(b.p, stdout);
    for (size_t i = 0; i < st->n; i++) {
        char want[SERVICE_NAME_LEN + 16];
        (void)str_fmt(want, sizeof want, "%s %s ", st->svc[i].name, st->svc[i].oneshot ? "done" : "running");
        ok = ok && strstr(b.p, want) != NULL;
    }
    return ok ? 0 : 1;
}

static int cmd_restart(struct stack *st, const char *name)
{
    pid_t pid;
    if (name == NULL || !pid_load(st->var, name, &pid))
        return 1;
    (void)kill(pid, SIGTERM);
    return 0;
}

int main(int argc, char **argv)
{
    static struct stack st;
    struct err err = { 0 };
    log_init("supervise", LOG_INFO, 2, true);
    if (argc < 3) {
        fputs("usage: athanor-supervise run|stop|status VAR | restart VAR SERVICE\n", stderr);
        return 2;
    }
    if (realpath(argv[2], st.var) == NULL) {
        fprintf(stderr, "athanor-supervise: %s: %s\n", argv[2], strerror(errno));
        return 2;
    }
    if (services_load(&st, &err) != ST_OK) {
        fprintf(stderr, "athanor-supervise: %s\n", err.text);
        return 2;
    }
    if (str_eq(argv[1], "run"))
        return cmd_run(&st);
    if (str_eq(argv[1], "stop"))
        return cmd_stop(&st);
    if (str_eq(argv[1], "status"))
        return cmd_status(&st);
    if (str_eq(argv[1], "restart"))
        return cmd_restart(&st, argc > 3 ? argv[3] : NULL);
    fprintf(stderr, "athanor-supervise: unknown command %s\n", argv[1]);
    return 2;
}
