/* Helpers as child processes: spawn, frames with a deadline, kill, reap.
 *
 * libslurm may block for many seconds or exit() the process it lives in, and
 * foreign files may do worse to a parser; so the answer to every kind of
 * trouble is the same: kill the helper, say "no answer", start a fresh one for
 * the next call. Needs SIGPIPE ignored in this process (main does it).
 */
#include "helper_client.h"

#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/str.h"
#include "../helper/slurm_proto.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

struct helper {
    char **argv, **envp;
    pid_t pid; /* 0: not running */
    int to, from;
    size_t owed; /* answers not received yet */
    struct buf reply;
};

#define LIVING_MAX 16

/* Processes that somebody waits for, so that helpers_end finds them. A pid is taken out before it is reaped. */
static pthread_mutex_t g_living_lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t g_living[LIVING_MAX];
static bool g_ended;

static void living_put(pid_t out, pid_t in)
{
    (void)pthread_mutex_lock(&g_living_lock);
    for (size_t i = 0; i < LIVING_MAX; i++) {
        if (g_living[i] == out) {
            g_living[i] = in;
            break;
        }
    }
    (void)pthread_mutex_unlock(&g_living_lock);
}

void helpers_end(void)
{
    (void)pthread_mutex_lock(&g_living_lock);
    g_ended = true;
    for (size_t i = 0; i < LIVING_MAX; i++)
        if (g_living[i])
            (void)kill(g_living[i], SIGKILL);
    (void)pthread_mutex_unlock(&g_living_lock);
}

static bool helpers_ended(void)
{
    (void)pthread_mutex_lock(&g_living_lock);
    bool ended = g_ended;
    (void)pthread_mutex_unlock(&g_living_lock);
    return ended;
}

static char **strings_copy(const char *const *v)
{
    size_t n = 0;
    while (v[n])
        n++;
    char **c = calloc(n + 1, sizeof *c);
    if (!c)
        abort();
    for (size_t i = 0; i < n; i++)
        if (!(c[i] = strdup(v[i])))
            abort();
    return c;
}

static void strings_free(char **v)
{
    for (size_t i = 0; v && v[i]; i++)
        free(v[i]);
    free(v);
}

struct helper *helper_new(const char *const argv[], const char *const envp[])
{
    struct helper *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    h->argv = strings_copy(argv);
    h->envp = strings_copy(envp);
    h->to = h->from = -1;
    buf_init(&h->reply, FRAME_MAX);
    return h;
}

/* Starts <libexec>/argv[0] (or argv[0] itself when absolute) with the given descriptors as 0 and 1; standard error
 * stays ours, for its last words. */
static enum status helper_spawn(char *const argv[], char *const envp[], int in, int out, pid_t *ret_pid,
                                struct err *err)
{
    char path[PATH_MAX];
    assert(argv[0]);
    bool fits = argv[0][0] == '/'        ? str_fmt(path, sizeof path, "%s", argv[0])
                : g_conf->libexec_dir[0] ? str_fmt(path, sizeof path, "%s/%s", g_conf->libexec_dir, argv[0])
                                         : str_fmt(path, sizeof path, "%s/libexec/%s", g_conf->var, argv[0]);
    if (!fits)
        return err_set(err, ST_FATAL, "the path of the helper programs is too long");
    if (helpers_ended())
        return err_set(err, ST_UNAVAIL, "the worker stops");
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t at;
    sigset_t none, reset;
    sigemptyset(&none);
    sigemptyset(&reset);
    sigaddset(&reset, SIGPIPE);
    sigaddset(&reset, SIGTERM);
    sigaddset(&reset, SIGINT);
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_adddup2(&fa, in, 0);
    posix_spawn_file_actions_adddup2(&fa, out, 1);
    posix_spawnattr_init(&at);
    posix_spawnattr_setsigmask(&at, &none);
    posix_spawnattr_setsigdefault(&at, &reset);
    posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int rc = posix_spawn(ret_pid, path, &fa, &at, argv, envp);
    posix_spawnattr_destroy(&at);
    posix_spawn_file_actions_destroy(&fa);
    if (rc) {
        err_set(err, ST_UNAVAIL, "the program %s cannot be started: %s", argv[0], strerror(rc));
        return err_detail(err, "%s", path);
    }
    living_put(0, *ret_pid);
    return ST_OK;
}

static void helper_stop(struct helper *h)
{
    if (h->to >= 0)
        (void)close(h->to);
    if (h->from >= 0)
        (void)close(h->from);
    h->to = h->from = -1;
    if (h->pid > 0) {
        living_put(h->pid, 0);
        (void)kill(h->pid, SIGKILL);
        while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    h->pid = 0;
}

void helper_free(struct helper *h)
{
    if (!h)
        return;
    helper_stop(h);
    buf_free(&h->reply);
    strings_free(h->argv);
    strings_free(h->envp);
    free(h);
}

static enum status helper_hello(struct helper *h, int64_t deadline, struct err *err)
{
    BUF_AUTO b = { 0 };
    buf_init(&b, 256);
    frame_begin(&b, FRAME_HELLO);
    frame_add_i64(&b, FRAME_VERSION);
    frame_add_str(&b, "athanor-worker");
    frame_finish(&b, 0);
    enum status st = frame_write(h->to, &b, deadline, err);
    if (!st)
        st = frame_read(h->from, &h->reply, deadline, err);
    if (st)
        return st;
    struct frame_reader r;
    char name[64];
    frame_open(&r, h->reply.p, h->reply.len);
    int64_t version = frame_i64(&r);
    frame_str(&r, name, sizeof name);
    if (!frame_end(&r) || r.type != FRAME_HELLO || version != FRAME_VERSION)
        return err_set(err, ST_UNAVAIL, "the program %s speaks another version", h->argv[0]);
    return ST_OK;
}

static enum status helper_start(struct helper *h, int64_t deadline, struct err *err)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC))
        return err_sys(err, errno, "no pipe for %s", h->argv[0]);
    if (pipe2(out, O_CLOEXEC)) {
        int e = errno;
        (void)close(in[0]);
        (void)close(in[1]);
        return err_sys(err, e, "no pipe for %s", h->argv[0]);
    }
    enum status st = helper_spawn(h->argv, h->envp, in[0], out[1], &h->pid, err);
    (void)close(in[0]);
    (void)close(out[1]);
    h->to = in[1];
    h->from = out[0];
    if (st) {
        h->pid = 0;
        helper_stop(h);
        return st;
    }
    st = helper_hello(h, deadline, err);
    if (st)
        helper_stop(h);
    return st;
}

/* A helper that failed us once is not trusted again: the next call starts a fresh one. */
static enum status helper_give_up(struct helper *h, struct err *err)
{
    helper_stop(h);
    err_wrap(err, "%s gave no answer", h->argv[0]);
    if (err)
        err->st = ST_UNAVAIL;
    return ST_UNAVAIL;
}

enum status helper_send(struct helper *h, const struct buf *request, int64_t deadline_ms, struct err *err)
{
    if (!h->pid && h->owed)
        return err_set(err, ST_UNAVAIL, "%s failed at an earlier request", h->argv[0]);
    if (!h->pid && helper_start(h, deadline_ms, err))
        return ST_UNAVAIL;
    h->owed++;
    if (frame_write(h->to, request, deadline_ms, NULL)) /* it may have arrived all the same: receiving says so */
        helper_stop(h);
    return ST_OK;
}

enum status helper_receive(struct helper *h, int64_t deadline_ms, struct frame_reader *ret_r, struct err *err)
{
    assert(h->owed);
    h->owed--;
    if (!h->pid) /* it failed this request or an earlier one, whose answers went with it */
        return err_set(err, ST_UNAVAIL, "%s gave no answer", h->argv[0]);
    if (frame_read(h->from, &h->reply, deadline_ms, err))
        return helper_give_up(h, err);
    frame_open(ret_r, h->reply.p, h->reply.len);
    if (ret_r->type != FRAME_ERROR)
        return ST_OK;
    int64_t status = frame_i64(ret_r);
    char code[48], text[384];
    frame_str(ret_r, code, sizeof code);
    frame_str(ret_r, text, sizeof text);
    if (!frame_end(ret_r) || status <= ST_OK || status > ST_FATAL) {
        helper_stop(h);
        return err_set(err, ST_UNAVAIL, "%s gave an answer that makes no sense", h->argv[0]);
    }
    return err_field(err, (enum status)status, code, NULL, "%s", text);
}

enum status helper_call(struct helper *h, const struct buf *request, int64_t timeout_ms, struct frame_reader *ret_r,
                        bool *ret_sent, struct err *err)
{
    int64_t deadline = clock_mono_ms() + timeout_ms;
    enum status st = helper_send(h, request, deadline, err);
    *ret_sent = !st;
    return st ? st : helper_receive(h, deadline, ret_r, err);
}

/* Reads until end of stream, the deadline or the ceiling. */
static enum status output_read(int fd, int64_t deadline, struct buf *out, const char *name, struct err *err)
{
    for (;;) {
        int64_t left = deadline - clock_mono_ms();
        if (left <= 0)
            return err_field(err, ST_UNAVAIL, "helper_deadline", NULL, "%s did not end in time", name);
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int rc = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
        if (rc < 0 && errno != EINTR)
            return err_sys(err, errno, "waiting for %s", name);
        if (rc <= 0)
            continue;
        char piece[65536];
        ssize_t n = read(fd, piece, sizeof piece);
        if (n == 0)
            return ST_OK;
        if (n < 0 && errno != EINTR)
            return err_sys(err, errno, "reading from %s", name);
        if (n > 0)
            buf_add(out, piece, (size_t)n);
        if (!buf_ok(out))
            return err_set(err, ST_TOOBIG, "%s wrote more than allowed", name);
    }
}

enum status helper_run(const char *const argv[], const char *const envp[], int fd, size_t max, int64_t timeout_ms,
                       struct buf *ret_out, struct err *err)
{
    buf_init(ret_out, max);
    int out[2];
    if (pipe2(out, O_CLOEXEC))
        return err_sys(err, errno, "no pipe for %s", argv[0]);
    pid_t pid = 0;
    char **av = strings_copy(argv), **ev = strings_copy(envp);
    enum status st = helper_spawn(av, ev, fd, out[1], &pid, err);
    (void)close(out[1]);
    if (!st) {
        st = output_read(out[0], clock_mono_ms() + timeout_ms, ret_out, argv[0], err);
        if (st)
            (void)kill(pid, SIGKILL);
        int ws = 0;
        living_put(pid, 0);
        while (waitpid(pid, &ws, 0) < 0 && errno == EINTR)
            ;
        /* Killed, perhaps by its own limits: the caller words it. Any other end but 0 is the program's own defect. */
        if (!st && WIFSIGNALED(ws))
            st = err_field(err, ST_UNAVAIL, "helper_killed", NULL, "%s was ended by signal %d", argv[0], WTERMSIG(ws));
        else if (!st && (!WIFEXITED(ws) || WEXITSTATUS(ws)))
            st = err_set(err, ST_UNAVAIL, "%s does not work: it ended with status %d", argv[0], WEXITSTATUS(ws));
    }
    (void)close(out[0]);
    strings_free(av);
    strings_free(ev);
    return st;
}
