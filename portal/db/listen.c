/* LISTEN on an own connection: one waiter thread, woken by a notification, a deadline or db_listen_wake.
 *
 * Flow: a lost connection is told at once as ST_UNAVAIL; the next waits reopen it with growing pauses, and the one
 * that succeeds answers ST_UNAVAIL "listen_resumed" once more: only from then on nothing is missed, so that is the
 * moment to look at everything again.
 *
 * Caveats: notifications are hints and are lost while disconnected; every listener polls slowly as well. The
 * session has no statement to time out, so a dead network is found by TCP keepalives (conn.c).
 */
#include "db_int.h"

#include "../core/clock.h"
#include "../core/str.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHANNELS_MAX   8
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS   2000

struct db_listen {
    PGconn *pg; /* NULL while disconnected */
    enum db_role role;
    char app[DB_APP_MAX];
    char channels[CHANNELS_MAX][64];
    size_t n;
    int wake_fd;
    int64_t pause_ms;
};

static enum status listen_connect(struct db_listen *l, struct err *err)
{
    CONN_AUTO pg = NULL;
    enum status st = db_connect(l->role, l->app, &pg, err);
    for (size_t i = 0; st == ST_OK && i < l->n; i++) {
        char text[96];
        (void)str_fmt(text, sizeof text, "LISTEN %s", l->channels[i]);
        st = db_exec_text(pg, text, "listen", err);
    }
    if (st == ST_OK) {
        l->pg = pg;
        pg = NULL;
    }
    return st;
}

enum status db_listen_open(enum db_role role, const char *app, const char *const channels[], size_t n,
                           struct db_listen **ret_l, struct err *err)
{
    if (n > CHANNELS_MAX)
        return err_set(err, ST_FATAL, "A listener has at most %d channels.", CHANNELS_MAX);
    struct db_listen *l = calloc(1, sizeof *l);
    if (!l)
        return err_set(err, ST_FATAL, "Out of memory for a listener.");
    l->role = role;
    l->n = n;
    l->wake_fd = -1;
    (void)str_fmt(l->app, sizeof l->app, "%s", app);
    enum status st = ST_OK;
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        /* The name becomes part of the text of LISTEN, which takes no parameters. */
        if (!str_is_slug(channels[i], sizeof l->channels[0] - 1))
            st = err_set(err, ST_FATAL, "\"%s\" is no channel name.", channels[i]);
        else
            (void)str_fmt(l->channels[i], sizeof l->channels[i], "%s", channels[i]);
    }
    if (st == ST_OK && (l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        st = err_sys(err, errno, "cannot make a wake-up descriptor");
    if (st == ST_OK)
        st = listen_connect(l, err);
    if (st) {
        db_listen_close(l);
        return st;
    }
    *ret_l = l;
    return ST_OK;
}

/* Waits for the socket (when connected) or a wake-up. True when woken by db_listen_wake. */
static bool wait_for_something(struct db_listen *l, int64_t ms)
{
    struct pollfd p[2] = {
        { .fd = l->wake_fd, .events = POLLIN },
        { .fd = l->pg ? PQsocket(l->pg) : -1, .events = POLLIN },
    };
    int timeout = ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
    if (poll(p, 2, timeout) <= 0 || !(p[0].revents & POLLIN))
        return false;
    uint64_t drained;
    (void)!read(l->wake_fd, &drained, sizeof drained);
    return true;
}

static enum status reconnect(struct db_listen *l, int64_t timeout_ms, struct err *err)
{
    int64_t pause = l->pause_ms < timeout_ms ? l->pause_ms : timeout_ms;
    if (pause > 0 && wait_for_something(l, pause))
        return err_set(err, ST_NOTFOUND, "Nothing was announced.");
    enum status st = listen_connect(l, err);
    if (st) {
        l->pause_ms = l->pause_ms ? l->pause_ms * 2 : PAUSE_FIRST_MS;
        if (l->pause_ms > PAUSE_MAX_MS)
            l->pause_ms = PAUSE_MAX_MS;
        return st;
    }
    l->pause_ms = 0;
    return err_field(err, ST_UNAVAIL, "listen_resumed", NULL, "Listening again; anything may have changed meanwhile.");
}

static bool take_notification(struct db_listen *l, char channel[64], char payload[256])
{
    PGnotify *note = PQnotifies(l->pg);
    if (!note)
        return false;
    (void)str_fmt(channel, 64, "%s", note->relname);
    (void)str_fmt(payload, 256, "%s", note->extra);
    PQfreemem(note);
    return true;
}

enum status db_listen_wait(struct db_listen *l, int64_t timeout_ms, char channel[64], char payload[256],
                           struct err *err)
{
    int64_t deadline = clock_mono_ms() + timeout_ms;
    if (!l->pg)
        return reconnect(l, timeout_ms, err);
    while (!take_notification(l, channel, payload)) {
        int64_t left = deadline - clock_mono_ms();
        if (left <= 0 || wait_for_something(l, left))
            return err_set(err, ST_NOTFOUND, "Nothing was announced.");
        if (PQconsumeInput(l->pg) != 1 || PQstatus(l->pg) != CONNECTION_OK) {
            err_field(err, ST_UNAVAIL, "listen_lost", NULL, "The listening connection to the database was lost.");
            err_detail(err, "%s", PQerrorMessage(l->pg));
            PQfinish(l->pg);
            l->pg = NULL;
            return ST_UNAVAIL;
        }
    }
    return ST_OK;
}

void db_listen_wake(struct db_listen *l)
{
    uint64_t one = 1;
    (void)!write(l->wake_fd, &one, sizeof one);
}

void db_listen_close(struct db_listen *l)
{
    if (!l)
        return;
    PQfinish(l->pg);
    if (l->wake_fd >= 0)
        (void)close(l->wake_fd);
    free(l);
}
