/* Following jobs: one bulk look at the site a poll, then what it says about each run.
 *
 * A site that does not answer changes nothing but what we know: unknown since. A job that is not listed is missing, not
 * failed: its manifest tells, or its heartbeat, and only silence of both beside a reachable site means it is lost.
 * Events are written on change alone; start estimates, which wander, are only a column.
 */
#include "sited.h"

#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_MS        2000  /* a look that took this long and failed needs no second try */
#define IDLE_POLL_MS   15000 /* looks at a site where nothing of ours runs */
#define INFO_MS        60000
#define SOON_MS        300
#define CONTROL_MS     10000 /* before a request to the site is repeated */
#define CANCEL_GONE_MS 5000  /* a cancelled job absent this long is gone */
#define ESTIMATE_S     60
#define ODD_MAX        4096

static int obs_compare(const void *a, const void *b)
{
    const struct site_obs *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    if (c)
        return c;
    size_t n = strlen(x->job_id), m = strlen(y->job_id); /* numbers without leading zeros: shorter is smaller */
    return n != m ? (n < m ? -1 : 1) : strcmp(x->job_id, y->job_id);
}

const struct site_obs *jobs_of_key(const struct sited *s, const char *key, size_t *ret_n)
{
    size_t lo = 0, hi = s->jobs.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(s->jobs.v[mid].key, key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t n = 0;
    while (lo + n < s->jobs.n && str_eq(s->jobs.v[lo + n].key, key))
        n++;
    *ret_n = n;
    return n ? &s->jobs.v[lo] : NULL;
}

static char *info_json(const struct site_info *i)
{
    json_t *parts = json_array();
    for (int k = 0; k < i->n_partitions; k++)
        (void)json_array_append_new(parts, json_pack("{s:s,s:I,s:b}", "name", i->partition[k].name, "max_time_s",
                                                     (json_int_t)i->partition[k].max_time_s, "default",
                                                     i->partition[k].is_default));
    json_t *doc = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:o}", "version", i->version, "cpus", (json_int_t)i->cpus, "gpus",
                            (json_int_t)i->gpus, "nodes", (json_int_t)i->nodes, "nodes_up", (json_int_t)i->nodes_up,
                            "cpus_idle", (json_int_t)i->cpus_idle, "partitions", parts);
    char *text = json_dumps(doc, JSON_COMPACT);
    json_decref(doc);
    return text;
}

static enum status site_seen(struct sited *s, struct err *err)
{
    int64_t now = clock_mono_ms();
    char *facts = NULL;
    struct site_info i;
    if (now >= s->info_ms && s->site->ops->info(s->site, &i, NULL) == SITE_DONE) {
        facts = info_json(&i);
        s->info_ms = now + INFO_MS;
    }
    enum status st = db_run(s->task->db, SQL_WORK_SITE_SEEN, NULL, err, P_TEXT(s->site->id), P_TEXT(facts));
    free(facts);
    if (s->unreachable)
        log_kv(LOG_INFO, "site.back", "answers again", "site", s->site->id, NULL);
    s->unreachable = false;
    s->failures = 0;
    return st;
}

/* May be unknown: has something at the site whose truth we follow. */
static bool run_at_site(const struct run *r)
{
    enum run_state st = r->fold.state;
    return !r->dropped &&
           (st == RS_SUBMITTING || st == RS_PENDING || st == RS_RUNNING || (st == RS_HELD && r->fold.site_job_id[0]));
}

static enum status site_lost(struct sited *s, const struct err *why, struct err *err)
{
    if (!s->unreachable)
        log_kv(LOG_WARN, "site.unreachable", why->text, "site", s->site->id, NULL);
    s->unreachable = true;
    enum status st = db_run(s->task->db, SQL_WORK_SITE_LOST, NULL, err, P_TEXT(s->site->id), P_TEXT(why->text));
    struct run_note *notes = calloc(s->n + 1, sizeof *notes);
    if (!notes)
        abort();
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        s->runs[i]->absent_ms = 0; /* absence counts only while the site answers */
        if (run_at_site(s->runs[i]) && !s->runs[i]->fold.unknown_since_us)
            notes[n++] = (struct run_note){ .run = s->runs[i], .kind = RK_UNKNOWN };
    }
    if (!st)
        st = run_note_many(s->task, notes, n, err);
    free(notes);
    return st;
}

enum status watch_observe(struct sited *s, struct err *err)
{
    int64_t begin = clock_mono_ms();
    s->jobs_fresh = false;
    if (begin < s->observe_ms)
        return ST_OK;
    struct site_obs_list l = { 0 };
    struct err why = { 0 };
    enum site_outcome o = s->site->ops->observe(s->site, !s->jobs_known, &l, &why);
    int64_t now = clock_mono_ms();
    s->observe_ms = now + (s->n || s->unreachable ? g_conf->site_poll : IDLE_POLL_MS);
    if (o != SITE_DONE) {
        s->failures++;
        s->jobs_known = false;
        if (s->failures > 1 || now - begin >= SLOW_MS)
            return site_lost(s, &why, err);
        s->observe_ms = now + SOON_MS;
        return ST_OK;
    }
    if (l.unchanged) {
        site_obs_free(&l);
    } else {
        site_obs_free(&s->jobs);
        s->jobs = l;
        if (l.n)
            qsort(l.v, l.n, sizeof *l.v, obs_compare);
    }
    s->jobs_known = s->jobs_fresh = true;
    return site_seen(s, err);
}

static enum status started_also(struct db *db, struct run *r, void *ctx, struct err *err)
{
    const struct site_obs *o = ctx;
    return db_run(db, SQL_WORK_ATTEMPT_STARTED, NULL, err, P_TEXT(r->id), P_I64(r->fold.attempt), P_I64(o->start));
}

static enum status note_started(struct sited *s, struct run *r, const struct site_obs *o, struct err *err)
{
    struct run_note n = { .run = r,
                          .kind = RK_STARTED,
                          .data = json_pack("{s:s,s:I}", "nodes", o->nodes, "start_s", (json_int_t)o->start),
                          .also = started_also,
                          .ctx = (void *)o };
    return run_note(s->task, &n, err);
}

static enum status waits_flush(struct sited *s, struct err *err)
{
    size_t n = s->n_waits;
    s->n_waits = 0;
    return n ? run_note_many(s->task, s->waits, n, err) : ST_OK;
}

/* Many runs get their reason at once when a queue is long, hence in few transactions. */
static enum status note_waiting(struct sited *s, struct run *r, enum run_kind kind, const struct site_obs *o,
                                struct err *err)
{
    (void)str_fmt(r->reason, sizeof r->reason, "%s", o->reason);
    r->start_estimate = o->start;
    struct run_note *n = &s->waits[s->n_waits++];
    *n = (struct run_note){ .run = r, .kind = kind, .data = json_pack("{s:s}", "reason", o->reason) };
    if (o->start)
        (void)json_object_set_new(n->data, "start_estimate_s", json_integer(o->start));
    return s->n_waits == WAITS_MAX ? waits_flush(s, err) : ST_OK;
}

static enum status note_left(struct sited *s, struct run *r, const struct site_obs *o, struct err *err)
{
    struct run_note n = { .run = r, .kind = RK_LEFT };
    r->end_known = o != NULL;
    r->end = o ? o->state : SJ_END_DONE;
    n.data = o ? json_pack("{s:s,s:s,s:s,s:I,s:I}", "state", o->raw_state, "end", site_job_state_name(o->state),
                           "reason", o->reason, "exit_code", (json_int_t)o->exit_code, "signal", (json_int_t)o->signal)
               : json_pack("{s:s}", "state", "gone");
    enum status st = run_note(s->task, &n, err);
    fault_point("while_collecting");
    return st;
}

static enum status listed_pending(struct sited *s, struct run *r, const struct site_obs *o, struct err *err)
{
    int64_t drift = o->start - r->start_estimate;
    switch (r->fold.state) {
    case RS_HELD:
        return note_waiting(s, r, RK_RELEASED, o, err);
    case RS_RUNNING:
    case RS_COLLECTING:
        return note_waiting(s, r, RK_PENDING, o, err);
    default:
        if (!str_eq(r->reason, o->reason))
            return note_waiting(s, r, RK_PENDING, o, err);
        if (drift > -ESTIMATE_S && drift < ESTIMATE_S)
            return ST_OK;
        r->start_estimate = o->start;
        return db_run(s->task->db, SQL_WORK_RUN_ESTIMATE, NULL, err, P_TEXT(r->id), P_I64(r->fence), P_I64(o->start));
    }
}

/* The job of a run has ended. Another job may hold the claim (an adopted copy left at once): then that one counts. */
static enum status listed_ended(struct sited *s, struct run *r, const struct site_obs *o, struct err *err)
{
    char owner[SITE_JOB_ID_MAX];
    enum status st = ST_OK;
    if (r->fold.state == RS_COLLECTING)
        return ST_OK;
    if (claim_owner(r, owner)) {
        if (!str_eq(owner, o->job_id) && !str_eq(owner, r->owner)) {
            (void)str_fmt(r->owner, sizeof r->owner, "%s", owner);
            s->observe_ms = 0;
            return ST_OK;
        }
        if (r->fold.state != RS_RUNNING && o->start > 0)
            st = note_started(s, r, o, err);
    }
    return st ? st : note_left(s, r, o, err);
}

static enum status run_listed(struct sited *s, struct run *r, const struct site_obs *o, struct err *err)
{
    enum run_state at = r->fold.state;
    r->absent_ms = 0;
    switch (o->state) {
    case SJ_PENDING:
        return listed_pending(s, r, o, err);
    case SJ_HELD:
        if (at == RS_COLLECTING)
            return note_waiting(s, r, RK_PENDING, o, err);
        return at == RS_HELD ? ST_OK : note_waiting(s, r, RK_HELD, o, err);
    case SJ_RUNNING:
        return at == RS_RUNNING ? ST_OK : note_started(s, r, o, err);
    case SJ_COMPLETING:
        return at == RS_RUNNING || at == RS_COLLECTING ? ST_OK : note_started(s, r, o, err);
    default:
        return listed_ended(s, r, o, err);
    }
}

/* Not listed by a site that answers. */
static enum status run_absent(struct sited *s, struct run *r, struct err *err)
{
    int64_t now = clock_mono_ms(), settle = g_conf->lost_settle;
    if (r->fold.state == RS_COLLECTING)
        return ST_OK;
    if (!r->absent_ms)
        r->absent_ms = now;
    ARENA_AUTO a = arena_new(4 * MANIFEST_BYTES_MAX);
    struct manifest m;
    if (!claim_manifest(r, a, &m, NULL))
        return note_left(s, r, NULL, err);
    if (r->fold.cancel_requested && settle > CANCEL_GONE_MS)
        settle = CANCEL_GONE_MS;
    int64_t silence = claim_silence_s(r);
    if (now - r->absent_ms < settle || (silence >= 0 && silence * 1000 < settle))
        return ST_OK;
    return note_left(s, r, NULL, err);
}

static enum status duplicate_note(struct sited *s, const struct site_obs *o, const char *text, struct err *err)
{
    log_kv(LOG_WARN, "job.duplicate", text, "key", o->key, "job", o->job_id, NULL);
    return db_run(s->task->db, SQL_WORK_DUPLICATE_NOTE, NULL, err, P_TEXT(o->key), P_TEXT(o->job_id), P_TEXT(text));
}

/* A copy that has not begun is cancelled; one that has finds the claim and leaves by itself with status 77. */
static enum status extra_job(struct sited *s, const struct site_obs *o, struct err *err)
{
    if (o->state == SJ_PENDING || o->state == SJ_HELD) {
        enum site_outcome c = s->site->ops->control(s->site, o->job_id, SITE_CANCEL, NULL);
        return c == SITE_DONE ? duplicate_note(s, o, "A second copy was in the queue; it was cancelled.", err) : ST_OK;
    }
    return site_job_ended(o->state) && o->exit_code == 77
               ? duplicate_note(s, o, "A second copy started, found the first one's claim and left.", err)
               : ST_OK;
}

static bool odd_known(struct sited *s, const char *job_id)
{
    for (size_t i = 0; i < s->n_odd; i++)
        if (str_eq(s->odd[i], job_id))
            return true;
    return false;
}

static void odd_add(struct sited *s, const char *job_id)
{
    if (!s->odd && !(s->odd = calloc(ODD_MAX, sizeof *s->odd)))
        abort();
    if (s->n_odd == ODD_MAX)
        s->n_odd = 0; /* forgetting costs a second look, nothing else */
    (void)str_fmt(s->odd[s->n_odd++], sizeof s->odd[0], "%s", job_id);
}

static const struct site_obs *run_job(struct sited *s, struct run *r, struct err *err, enum status *ret_st)
{
    const char *id = r->owner[0] ? r->owner : r->fold.site_job_id;
    const struct site_obs *mine = NULL;
    size_t n = 0;
    const struct site_obs *v = jobs_of_key(s, r->key, &n);
    *ret_st = ST_OK;
    for (size_t i = 0; i < n && !*ret_st; i++) {
        if (str_eq(v[i].job_id, id)) {
            mine = &v[i];
        } else if (!odd_known(s, v[i].job_id)) {
            *ret_st = extra_job(s, &v[i], err);
            if (site_job_ended(v[i].state) || v[i].state == SJ_PENDING)
                odd_add(s, v[i].job_id);
        }
    }
    return mine;
}

/* What people want of a job. Repeated until the site's list shows it. */
static void run_wishes(struct sited *s, struct run *r)
{
    int64_t now = clock_mono_ms();
    enum run_state at = r->fold.state;
    enum site_verb verb;
    if (s->unreachable || now < r->control_ms || !r->fold.site_job_id[0])
        return;
    if (r->fold.cancel_requested && (at == RS_PENDING || at == RS_HELD || at == RS_RUNNING))
        verb = SITE_CANCEL;
    else if (r->fold.hold_requested && at == RS_PENDING)
        verb = SITE_HOLD;
    else if (at == RS_HELD && r->release_asked)
        verb = SITE_RELEASE;
    else
        return;
    struct err why = { 0 };
    const char *id = r->owner[0] ? r->owner : r->fold.site_job_id;
    enum site_outcome o = s->site->ops->control(s->site, id, verb, &why);
    if (o == SITE_REJECTED)
        log_kv(LOG_WARN, "job.control", why.text, "run", r->id, "verb", site_verb_name(verb), NULL);
    r->control_ms = now + CONTROL_MS;
    if (s->observe_ms > now + SOON_MS)
        s->observe_ms = now + SOON_MS;
}

static enum status run_progress(struct sited *s, struct run *r, struct err *err)
{
    char path[PATH_MAX];
    BUF_AUTO b = { 0 };
    buf_init(&b, 65536);
    if (!path_run(path, r->project, r->id, "progress.ndjson") || !progress_tail_read(&r->progress, path, &b))
        return ST_OK;
    struct run_note n = { .run = r, .kind = RK_PROGRESS, .data = json_loadb(b.p, b.len, 0, NULL), .progress = b.p };
    return run_note(s->task, &n, err);
}

static enum status run_watch(struct sited *s, struct run *r, struct err *err)
{
    enum status st = ST_OK;
    if (r->fold.cancel_requested && !r->fold.site_job_id[0] && (r->fold.state == RS_QUEUED || r->fold.state == RS_HELD))
        return run_end(s, r, RK_CANCELLED, NULL, NULL, NULL, err);
    if (s->jobs_fresh && r->fold.site_job_id[0]) {
        const struct site_obs *o = run_job(s, r, err, &st);
        if (!st)
            st = o ? run_listed(s, r, o, err) : run_absent(s, r, err);
    }
    if (!st && !r->dropped && s->jobs_fresh && r->fold.unknown_since_us) {
        struct run_note n = { .run = r, .kind = RK_KNOWN };
        st = run_note(s->task, &n, err);
    }
    run_wishes(s, r);
    if (r->fold.state == RS_RUNNING)
        fault_point("while_running");
    if (r->fold.state == RS_COLLECTING)
        r->progress.next_ms = 0; /* the last line counts however soon it comes */
    if (!st && !r->dropped && (r->fold.state == RS_RUNNING || r->fold.state == RS_COLLECTING))
        st = run_progress(s, r, err);
    if (!st && !r->dropped && r->fold.state == RS_COLLECTING && clock_mono_ms() >= r->wait_ms)
        st = collect_run(s, r, err);
    return st;
}

enum status watch_runs(struct sited *s, struct err *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; !st && i < s->n && !worker_stopping(s->task); i++) {
        struct err e = { 0 };
        if (s->runs[i]->dropped || !run_watch(s, s->runs[i], &e))
            continue;
        if (e.st == ST_UNAVAIL || e.st == ST_RETRY) {
            st = e.st;
            if (err)
                *err = e;
            continue;
        }
        /* One run's trouble is not the others': say it, let it rest. */
        log_err(LOG_ERROR, "run.watch", &e);
        s->runs[i]->wait_ms = clock_mono_ms() + CONTROL_MS;
    }
    struct err e = { 0 };
    if (waits_flush(s, &e) && !st) {
        st = e.st;
        if (err)
            *err = e;
    }
    return st;
}

/* Runs are sorted by id and a key holds its run's id, so this is a search, not a scan. */
static bool key_is_ours(const struct sited *s, const char *key)
{
    char id[ID_MAX];
    if (!str_starts(key, s->site->prefix) || !str_fmt(id, sizeof id, "run_%.26s", key + strlen(s->site->prefix)))
        return false;
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(s->runs[mid]->id, id) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->n && str_eq(s->runs[lo]->key, key);
}

enum status watch_odd(struct sited *s, struct err *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; !st && s->jobs_fresh && i < s->jobs.n; i++) {
        const struct site_obs *o = &s->jobs.v[i];
        /* Ended jobs stay listed for minutes; only a copy that left because of a claim is of interest then. */
        if ((site_job_ended(o->state) && o->exit_code != 77) || odd_known(s, o->job_id) || key_is_ours(s, o->key))
            continue;
        ROWS_AUTO r = NULL;
        st = db_run(s->task->db, SQL_WORK_ATTEMPT_BY_KEY, &r, err, P_TEXT(o->key));
        if (st)
            break;
        if (db_count(r) && db_bool(r, 0, 1))
            st = extra_job(s, o, err);
        if (!db_count(r))
            log_kv(LOG_WARN, "job.orphan", "a job with our name that no run knows; left alone", "key", o->key, "job",
                   o->job_id, NULL);
        if (!db_count(r) || db_bool(r, 0, 1))
            odd_add(s, o->job_id);
    }
    return st;
}
