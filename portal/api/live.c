/* The follower of run_event.
 *
 * Flow: LISTEN on run_event, then read rows with id > last in batches and publish them. A notification is only a hint:
 * a lost one costs at most POLL_MS, and after a database restart reading simply goes on from `last`. Ids are in commit
 * order (run_event_append serialises appends), so id > last misses nothing.
 * Progress is thinned to one event a second a run: a newer one replaces the one that waits. What waited goes out under
 * the newest id published, so that Last-Event-ID never runs backwards.
 *
 * The checker has a thread and a connection of its own, since 5,000 streams take a second of small queries and events
 * must not wait for that; the hub only reads the flag it leaves.
 */
#include "live.h"

#include "run.h"

#include "../core/clock.h"
#include "../core/log.h"
#include "../core/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH        500
#define POLL_MS      2000
#define CHECK_MS     5000
#define PROGRESS_MS  1000
#define RETRY_MAX_MS 5000
#define EVENT_MAX    65536 /* one event's JSON */

/* Somebody who listens. Held by the hub (through ctx_free) and by a pass of the checker. */
struct live_sub {
    struct live_sub *prev, *next;
    struct principal who;
    atomic_bool over;
    unsigned refs; /* under g.lock */
    size_t n;
    char project[][ID_MAX];
};

/* The last progress event of a run, and what waits for its second to pass. */
struct pace {
    struct pace *next;
    char run[ID_MAX], project[ID_MAX];
    int64_t sent_ms;
    char *waiting;  /* JSON, malloc'd; NULL: nothing */
    char *audience; /* of what waits */
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake; /* of the checker, at stop */
    pthread_t follower, checker;
    bool started;
    atomic_bool stop;
    struct db_listen *listen; /* under lock */
    struct live_sub *subs;    /* under lock */
    size_t n_subs;
    _Atomic int64_t last;
    struct pace *paces; /* follower only */
} g = { .lock = PTHREAD_MUTEX_INITIALIZER };

int64_t live_last_id(void)
{
    return atomic_load(&g.last);
}

const char *live_event_name(const char *kind)
{
    return str_eq(kind, "progress") ? "progress" : "run";
}

enum live_col {
    LC_ID,
    LC_RUN,
    LC_PROJECT,
    LC_KIND,
    LC_ATTEMPT,
    LC_AT,
    LC_STATE,
    LC_NAME,
    LC_REASON,
    LC_DATA,
    LC_PROGRESS,
    LC_UNKNOWN,
    LC_AUDIENCE, /* live_events alone */
};

void live_event_json(struct buf *out, const struct db_rows *r, int row)
{
    const char *kind = db_text(r, row, LC_KIND);
    bool progress = str_eq(kind, "progress");
    struct jsonw w;

    buf_reset(out);
    jsonw_init(&w, out);
    jsonw_obj(&w);
    api_kint(&w, "id", r, row, LC_ID);
    api_ktext(&w, "run", r, row, LC_RUN);
    api_ktext(&w, "project", r, row, LC_PROJECT);
    api_ktext(&w, "name", r, row, LC_NAME);
    jsonw_kstr(&w, "kind", kind);
    api_kint(&w, "attempt", r, row, LC_ATTEMPT);
    api_ktime(&w, "at", r, row, LC_AT);
    api_ktext(&w, "state", r, row, LC_STATE);
    if (!progress) {
        jsonw_kstr(&w, "text", run_event_text(kind));
        run_reason_write(&w, db_text(r, row, LC_REASON));
        api_ktime(&w, "unknown_since", r, row, LC_UNKNOWN);
        api_kjson(&w, "data", r, row, LC_DATA);
    }
    api_kjson(&w, "progress", r, row, progress ? LC_DATA : LC_PROGRESS);
    jsonw_obj_end(&w);
}

/* --- publishing -------------------------------------------------------------------- */

static void publish(int64_t id, const char *name, const char *data, const char *run, const char *project,
                    const char *audience)
{
    char run_topic[ID_MAX + 8], project_topic[ID_MAX + 16];
    struct http_server *server = api_server();

    if (!server || !str_fmt(run_topic, sizeof run_topic, "run:%s", run) ||
        !str_fmt(project_topic, sizeof project_topic, "project:%s", project))
        return;
    http_sse_publish(
        server,
        &(struct http_sse_event){
            .id = id, .name = name, .data = data, .topics = { run_topic, project_topic }, .audience = audience });
}

static struct pace *pace_get(const char *run, const char *project)
{
    struct pace *p;

    for (p = g.paces; p; p = p->next)
        if (str_eq(p->run, run))
            return p;
    p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    (void)str_fmt(p->run, sizeof p->run, "%s", run);
    (void)str_fmt(p->project, sizeof p->project, "%s", project);
    p->sent_ms = INT64_MIN / 2;
    p->next = g.paces;
    g.paces = p;
    return p;
}

static void pace_forget(struct pace *p)
{
    free(p->waiting);
    free(p->audience);
    p->waiting = p->audience = NULL;
}

static void paces_free(void)
{
    while (g.paces) {
        struct pace *p = g.paces;

        g.paces = p->next;
        pace_forget(p);
        free(p);
    }
}

/* Sends what has waited long enough, forgets runs that are quiet. */
static void paces_flush(int64_t now_ms)
{
    for (struct pace **at = &g.paces; *at;) {
        struct pace *p = *at;
        bool due = now_ms - p->sent_ms >= PROGRESS_MS;

        if (due && p->waiting) {
            publish(live_last_id(), "progress", p->waiting, p->run, p->project, p->audience);
            pace_forget(p);
            p->sent_ms = now_ms;
        } else if (due) {
            *at = p->next;
            free(p);
            continue;
        }
        at = &p->next;
    }
}

/* What waited for this run is older than the event that follows, so it must not come after it. */
static void pace_drop(const char *run)
{
    for (struct pace *p = g.paces; p; p = p->next)
        if (str_eq(p->run, run))
            pace_forget(p);
}

static void row_publish(const struct db_rows *r, int row, struct buf *json)
{
    const char *kind = db_text(r, row, LC_KIND), *run = db_text(r, row, LC_RUN), *project = db_text(r, row, LC_PROJECT);
    const char *audience = db_text(r, row, LC_AUDIENCE);
    int64_t id = db_i64(r, row, LC_ID), now = clock_mono_ms();
    struct pace *pace;

    live_event_json(json, r, row);
    if (!buf_ok(json)) {
        log_kv(LOG_WARN, "live.event_too_big", "An event was too long to be published.", "run", run, "kind", kind,
               NULL);
        buf_free(json);
        buf_init(json, EVENT_MAX);
        return;
    }
    if (!str_eq(kind, "progress")) {
        pace_drop(run);
        publish(id, "run", json->p, run, project, audience);
        return;
    }
    pace = pace_get(run, project);
    if (pace && now - pace->sent_ms < PROGRESS_MS) {
        pace_forget(pace);
        pace->waiting = strdup(json->p);
        pace->audience = audience ? strdup(audience) : NULL;
        return;
    }
    if (pace)
        pace->sent_ms = now;
    publish(id, "progress", json->p, run, project, audience);
}

/* --- the follower -------------------------------------------------------------------- */

static enum status drain(struct db *db, struct buf *json, struct err *err)
{
    for (;;) {
        ROWS_AUTO r = NULL;
        enum status st = db_run(db, SQL_LIVE_EVENTS, &r, err, P_I64(live_last_id()), P_I64(BATCH));

        if (st)
            return st;
        for (int i = 0; i < db_count(r) && !atomic_load(&g.stop); i++) {
            row_publish(r, i, json);
            atomic_store(&g.last, db_i64(r, i, LC_ID));
        }
        if (db_count(r) < BATCH || atomic_load(&g.stop))
            return ST_OK;
    }
}

static enum status first_contact(struct db **db, struct err *err)
{
    ROWS_AUTO r = NULL;
    enum status st = ST_OK;

    if (!*db)
        st = db_open(DB_WEB, "portal-live", db, err);
    if (!st)
        st = db_run0(*db, SQL_LIVE_LAST, &r, err);
    if (!st)
        atomic_store(&g.last, db_i64(r, 0, 0));
    return st;
}

static enum status listen_open(struct err *err)
{
    static const char *const channels[] = { "run_event" };
    struct db_listen *l = NULL;
    enum status st;

    st = db_listen_open(DB_WEB, "portal-listen", channels, 1, &l, err);
    if (st)
        return st;
    pthread_mutex_lock(&g.lock);
    g.listen = l;
    pthread_mutex_unlock(&g.lock);
    return ST_OK;
}

/* An outage is one line when it begins and one when it ends. */
static void outage_note(bool *down, enum status st, const struct err *err)
{
    if (st && !*down)
        log_err(LOG_WARN, "live.database_away", err);
    if (!st && *down)
        log_kv(LOG_INFO, "live.database_back", "Events flow again.", NULL);
    *down = st != ST_OK;
}

static void *follow(void *unused)
{
    struct db *db = NULL;
    struct err err = { 0 };
    BUF_AUTO json = { 0 };
    bool known = false, down = false;
    int64_t pause = 100;

    (void)unused;
    buf_init(&json, EVENT_MAX);
    while (!atomic_load(&g.stop)) {
        char channel[64], payload[256];
        enum status st = ST_OK;

        /* LISTEN before the first read, so that nothing falls between the two. */
        if (!g.listen)
            st = listen_open(&err);
        if (!st && !known)
            st = first_contact(&db, &err);
        if (!st) {
            known = true;
            st = drain(db, &json, &err);
        }
        outage_note(&down, st, &err);
        if (st) {
            clock_sleep_ms(pause);
            pause = pause * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : pause * 2;
            err_clear(&err);
            continue;
        }
        pause = 100;
        paces_flush(clock_mono_ms());
        st = db_listen_wait(g.listen, g.paces ? PROGRESS_MS / 4 : POLL_MS, channel, payload, NULL);
        if (st == ST_UNAVAIL)
            clock_sleep_ms(200); /* reading tells whether the database is away */
    }
    paces_free();
    db_close(db);
    return NULL;
}

/* --- the checker ---------------------------------------------------------------------- */

/* Under g.lock. */
static void sub_unref(struct live_sub *s)
{
    if (--s->refs == 0)
        free(s);
}

/* May this person still hear all they asked for? An unreachable database changes nothing. */
static void sub_check(struct db *db, struct live_sub *s)
{
    enum project_role role;
    bool valid = true;

    if (auth_still_valid(db, &s->who, &valid, NULL) != ST_OK)
        return;
    for (size_t i = 0; valid && i < s->n; i++) {
        if (auth_project_role(db, &s->who, s->project[i], &role, NULL) != ST_OK)
            return;
        valid = role >= ROLE_VIEWER;
    }
    if (!valid)
        atomic_store(&s->over, true);
}

static void check_all(struct db *db)
{
    struct live_sub **all;
    size_t n = 0;

    pthread_mutex_lock(&g.lock);
    all = calloc(g.n_subs ? g.n_subs : 1, sizeof *all);
    for (struct live_sub *s = g.subs; all && s; s = s->next) {
        s->refs++;
        all[n++] = s;
    }
    pthread_mutex_unlock(&g.lock);
    for (size_t i = 0; i < n && !atomic_load(&g.stop); i++)
        if (!atomic_load(&all[i]->over))
            sub_check(db, all[i]);
    pthread_mutex_lock(&g.lock);
    for (size_t i = 0; i < n; i++)
        sub_unref(all[i]);
    pthread_mutex_unlock(&g.lock);
    free(all);
}

static void *check(void *unused)
{
    struct db *db = NULL;

    (void)unused;
    pthread_mutex_lock(&g.lock);
    while (!atomic_load(&g.stop)) {
        struct timespec until;
        bool any;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += CHECK_MS / 1000;
        pthread_cond_timedwait(&g.wake, &g.lock, &until);
        any = g.subs != NULL;
        if (!any || atomic_load(&g.stop))
            continue;
        pthread_mutex_unlock(&g.lock);
        if (db || db_open(DB_WEB, "portal-live-check", &db, NULL) == ST_OK)
            check_all(db);
        pthread_mutex_lock(&g.lock);
    }
    pthread_mutex_unlock(&g.lock);
    db_close(db);
    return NULL;
}

/* --- streams ---------------------------------------------------------------------------- */

static bool sub_recheck(void *ctx)
{
    return !atomic_load(&((struct live_sub *)ctx)->over);
}

static void sub_free(void *ctx)
{
    struct live_sub *s = ctx;

    pthread_mutex_lock(&g.lock);
    if (s->prev)
        s->prev->next = s->next;
    else
        g.subs = s->next;
    if (s->next)
        s->next->prev = s->prev;
    g.n_subs--;
    sub_unref(s);
    pthread_mutex_unlock(&g.lock);
}

enum status live_subscribe(struct http_req *req, const char *const topics[], const char *const projects[], size_t n,
                           const struct buf *replay, int64_t last_id, struct http_reply *ret, struct err *err)
{
    struct live_sub *s = calloc(1, sizeof *s + n * ID_MAX);

    if (!s)
        return err_set(err, ST_FATAL, "There is not enough memory for another stream.");
    s->who = *api_me(req);
    s->refs = 1;
    for (size_t i = 0; i < n; i++) {
        bool seen = !projects[i];

        for (size_t k = 0; k < s->n; k++)
            seen = seen || str_eq(s->project[k], projects[i]);
        if (!seen)
            (void)str_fmt(s->project[s->n++], ID_MAX, "%s", projects[i]);
    }
    pthread_mutex_lock(&g.lock);
    s->next = g.subs;
    if (g.subs)
        g.subs->prev = s;
    g.subs = s;
    g.n_subs++;
    pthread_mutex_unlock(&g.lock);
    return http_sse_subscribe(req, s->who.account, topics, n, replay->p, replay->len, last_id, sub_recheck, sub_free, s,
                              ret, err);
}

/* --- start and stop ------------------------------------------------------------------------ */

enum status live_start(struct err *err)
{
    pthread_condattr_t attr;
    int rc;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&g.wake, &attr);
    pthread_condattr_destroy(&attr);
    atomic_store(&g.stop, false);
    rc = pthread_create(&g.follower, NULL, follow, NULL);
    if (rc != 0)
        return err_sys(err, rc, "The thread for live events cannot be started");
    rc = pthread_create(&g.checker, NULL, check, NULL);
    if (rc != 0) {
        atomic_store(&g.stop, true);
        pthread_join(g.follower, NULL);
        return err_sys(err, rc, "The thread that checks streams cannot be started");
    }
    g.started = true;
    return ST_OK;
}

void live_stop(void)
{
    if (!g.started)
        return;
    pthread_mutex_lock(&g.lock);
    atomic_store(&g.stop, true);
    pthread_cond_broadcast(&g.wake);
    if (g.listen)
        db_listen_wake(g.listen);
    pthread_mutex_unlock(&g.lock);
    pthread_join(g.follower, NULL);
    pthread_join(g.checker, NULL);
    db_listen_close(g.listen);
    g.listen = NULL;
    g.started = false;
}
