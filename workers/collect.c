/* Judging a run whose job has ended: only positive evidence is success.
 *
 * manifest (of this key and attempt) -> its outcome -> results.json, of the promised hash, through helper-inspect. Then
 * one transaction: result, usage, attempt, quota, event. A manifest that says "continue", or a time limit in a run that
 * checkpoints, leads to the next attempt; a node's fault to a repeated one, RETRIES_MAX times. Everything else fails
 * with a cause in words and the log lines that show it. Dying anywhere here repeats the whole judgement.
 */
#include "sited.h"

#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/file.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"
#include "../portal/model/failure.h"
#include "cause.h"
#include "inspect.h"
#include "results.h"
#include "store.h"
#include "tree.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RETRIES_MAX   2
#define QUIET_S       30 /* a claimed job silent this long after its end writes no manifest any more */
#define LOOK_AGAIN_MS 1000
#define LOG_TAIL      (64 * 1024)
#define FAILURE_MAX   65536
#define COPIES_MAX    16 /* a job must not write the history of its run */

struct verdict {
    enum run_kind kind;
    const char *cause, *text, *hint;
    struct failure shown; /* log and lines; its texts when cause is NULL */
    struct run_results results;
};

/* What the final transaction writes. */
struct closing {
    const char *outcome;
    char *manifest;
    const struct run_results *results; /* NULL: none */
    bool settle;
    int64_t kept;
};

static enum status closing_also(struct db *db, struct run *r, void *ctx, struct err *err)
{
    const struct closing *c = ctx;
    enum status st = ST_OK;
    if (r->fold.attempt > 0)
        st = db_run(db, SQL_WORK_ATTEMPT_ENDED, NULL, err, P_TEXT(r->id), P_I64(r->fold.attempt), P_TEXT(c->outcome),
                    P_TEXT(c->manifest));
    if (!st && c->results)
        st = db_run(db, SQL_WORK_RESULT_PUT, NULL, err, P_TEXT(r->id), P_TEXT(c->results->doc),
                    P_TEXT(c->results->sha256));
    if (!st && c->settle)
        st = db_run(db, SQL_WORK_RUN_SETTLE, NULL, err, P_TEXT(r->id), P_I64(c->kept));
    return st;
}

static char *failure_json(const struct failure *f)
{
    struct buf b;
    struct jsonw w;
    buf_init(&b, FAILURE_MAX);
    jsonw_init(&w, &b);
    failure_write(&w, f);
    char *text = buf_take(&b, NULL);
    buf_free(&b);
    return text;
}

static int64_t run_bytes(const struct run *r)
{
    char path[PATH_MAX];
    return path_run(path, r->project, r->id, "") ? tree_bytes(path) : 0;
}

enum status run_end(struct sited *s, struct run *r, enum run_kind kind, const char *cause, const char *text,
                    const char *hint, struct err *err)
{
    struct failure f = { .cause = cause, .text = text ? text : "", .hint = hint ? hint : "", .log = "" };
    struct closing c = { .outcome = run_kind_name(kind), .settle = true, .kept = run_bytes(r) };
    char *failure = cause ? failure_json(&f) : NULL;
    struct run_note n = { .run = r,
                          .kind = kind,
                          .data = failure ? json_loads(failure, 0, NULL) : NULL,
                          .failure = failure,
                          .also = closing_also,
                          .ctx = &c };
    enum status st = run_note(s->task, &n, err);
    free(failure);
    return st;
}

/* The last LOG_TAIL bytes of a file of the run folder. */
static bool log_tail(const struct run *r, const char *rel, struct buf *ret_b)
{
    char path[PATH_MAX];
    FD_AUTO dir = -1;
    FD_AUTO fd = -1;
    struct stat sb;
    buf_init(ret_b, LOG_TAIL + 1);
    if (!path_run(path, r->project, r->id, "") || (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
        file_open_below(dir, rel, O_RDONLY, &fd, NULL) || fstat(fd, &sb) || !S_ISREG(sb.st_mode) || sb.st_size == 0)
        return false;
    char *text = malloc(LOG_TAIL);
    if (!text)
        abort();
    ssize_t n = pread(fd, text, LOG_TAIL, sb.st_size > LOG_TAIL ? sb.st_size - LOG_TAIL : 0);
    if (n > 0)
        buf_add(ret_b, text, (size_t)n);
    free(text);
    return n > 0;
}

static const struct template *template_of(const struct run *r, struct arena *a)
{
    char path[PATH_MAX];
    BUF_AUTO b = { 0 };
    const struct template *t = NULL;
    if (!path_run(path, r->project, r->id, "template/template.json") || file_read(path, TEMPLATE_BYTES_MAX, &b, NULL))
        return NULL;
    return template_load(a, b.p, b.len, &t, NULL) ? NULL : t;
}

/* The template's rules over the job's own logs; failing that, the lines that look like errors. */
static bool logs_search(const struct run *r, const struct template *t, struct arena *a, struct failure *ret_f)
{
    static const char *const names[] = { "stderr.log", "stdout.log", "job.log" };
    struct failure lines = { 0 };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char rel[64];
        BUF_AUTO b = { 0 };
        struct failure f = { 0 };
        (void)str_fmt(rel, sizeof rel, "attempt/a%02d/%s", r->fold.attempt, names[i]);
        if (!log_tail(r, rel, &b))
            continue;
        bool match = failure_from_log(a, t, arena_strdup(a, rel), b.p, b.len, &f);
        if (match || !lines.n_lines)
            lines = f;
        if (match)
            break;
    }
    *ret_f = lines;
    return lines.cause && lines.cause[0];
}

static void verdict_fail(struct verdict *v, const char *cause, const char *text, const char *hint)
{
    v->kind = RK_FAILED;
    v->cause = cause;
    v->text = text;
    v->hint = hint;
}

/* What run.sh itself said, or what its logs say. */
static void verdict_of_run(const struct run *r, const struct manifest *m, const struct template *t, struct arena *a,
                           struct verdict *v)
{
    struct manifest_failure f;
    struct failure logs = { 0 };
    bool rule = logs_search(r, t, a, &logs);
    if (manifest_failure(a, m, &f) && f.cause[0]) {
        verdict_fail(v, f.cause, f.text, f.hint);
        v->shown = (struct failure){ .log = f.log, .lines = f.lines, .n_lines = f.n_lines };
        if (!f.n_lines) {
            v->shown.log = logs.log;
            v->shown.lines = logs.lines;
            v->shown.n_lines = logs.n_lines;
        }
        return;
    }
    v->shown = logs;
    if (rule)
        verdict_fail(v, logs.cause, logs.text, logs.hint);
    else if (m->outcome == OUTCOME_FAILED)
        verdict_fail(v, "script_failed",
                     m->signal ? arena_printf(a, "The run was ended by signal %lld.", (long long)m->signal)
                               : arena_printf(a, "The run ended with status %lld.", (long long)m->exit_code),
                     "The lines of the log below may say why.");
    else
        verdict_fail(v, "no_outcome", "The run ended without saying how, so it does not count as success.",
                     "The lines of the log below may say why.");
}

/* The next attempt, while there may be one. */
static void verdict_next(const struct run *r, enum run_kind kind, struct arena *a, struct verdict *v)
{
    v->kind = kind;
    if (r->fold.attempt >= g_conf->run_max_attempts)
        verdict_fail(v, "too_many_attempts", arena_printf(a, "The run has used all its %d attempts.", r->fold.attempt),
                     "Ask for more time in one attempt, or for less work in one run.");
}

static enum status verdict_of_cause(struct sited *s, const struct run *r, const struct cause *c, struct arena *a,
                                    struct verdict *v, struct err *err)
{
    verdict_fail(v, c->code, c->text, c->hint);
    if (!c->retry)
        return ST_OK;
    ROWS_AUTO rows = NULL;
    enum status st = db_run(s->task->db, SQL_WORK_ATTEMPT_RETRIES, &rows, err, P_TEXT(r->id));
    if (!st && db_i64(rows, 0, 0) < RETRIES_MAX)
        verdict_next(r, RK_RETRIED, a, v);
    return st;
}

/* m: NULL without a manifest. */
static enum status judge(struct sited *s, const struct run *r, const struct manifest *m, struct arena *a,
                         struct verdict *v, struct err *err)
{
    const struct template *t = template_of(r, a);
    const struct cause *c = r->end_known ? end_cause(r->end) : NULL;
    struct manifest_failure said;
    if (m && !manifest_proves(m, r->key, r->fold.attempt, NULL)) {
        struct err why = { 0 };
        enum status st = results_take(r, m->results_sha256, &v->results, &why);
        v->kind = RK_FINISHED;
        if (st == ST_INVALID) {
            verdict_fail(v, why.code[0] ? arena_strdup(a, why.code) : "results_invalid", arena_strdup(a, why.text),
                         arena_strdup(a, why.hint));
        } else if (st) {
            if (err)
                *err = why;
            return st;
        }
        return ST_OK;
    }
    if (r->fold.cancel_requested) {
        v->kind = RK_CANCELLED;
        return ST_OK;
    }
    if (m && m->outcome == OUTCOME_CONTINUE && m->exit_code == 0) {
        verdict_next(r, RK_CONTINUED, a, v);
        return ST_OK;
    }
    bool timeout = (m && m->timed_out) || (r->end_known && r->end == SJ_END_TIMEOUT);
    if (timeout && t && t->continues && !(m && manifest_failure(a, m, &said) && said.cause[0])) {
        verdict_next(r, RK_CONTINUED, a, v);
        return ST_OK;
    }
    if (m && !(c && (c->retry || r->end == SJ_END_MEMORY || r->end == SJ_END_TIMEOUT))) {
        verdict_of_run(r, m, t, a, v);
        return ST_OK;
    }
    (void)logs_search(r, t, a, &v->shown);
    if (c)
        return verdict_of_cause(s, r, c, a, v, err);
    if (!r->end_known)
        return verdict_of_cause(s, r, &cause_lost, a, v, err);
    verdict_fail(v, "no_manifest", "The job ended without leaving the record that proves what it did.",
                 "Run it again. If it happens twice, the job's own log says what the wrapper met.");
    return ST_OK;
}

/* Sums over the attempts; the manifest's own numbers are this attempt's. */
static enum status usage_make(struct sited *s, const struct run *r, const struct manifest *m, int64_t kept,
                              char **ret_json, struct err *err)
{
    ROWS_AUTO e = NULL;
    enum status st = db_run(s->task->db, SQL_WORK_ATTEMPT_USAGE, &e, err, P_TEXT(r->id), P_I64(r->fold.attempt));
    if (st)
        return st;
    double rss = db_f64(e, 0, 3);
    if (m && (double)m->max_rss_kb > rss)
        rss = (double)m->max_rss_kb;
    json_t *u = json_pack("{s:f,s:f,s:f,s:I,s:i,s:I}", "elapsed_s", db_f64(e, 0, 0) + (m ? m->elapsed_s : 0),
                          "user_cpu_s", db_f64(e, 0, 1) + (m ? m->user_cpu_s : 0), "system_cpu_s",
                          db_f64(e, 0, 2) + (m ? m->system_cpu_s : 0), "max_rss_kb", (json_int_t)rss, "attempts",
                          r->fold.attempt, "disk_b", (json_int_t)kept);
    if (m && u && m->host && m->host[0])
        (void)json_object_set_new(u, "host", json_string(m->host));
    *ret_json = json_dumps(u, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(u);
    return ST_OK;
}

/* Copies that came while the attempt ran, as athanor-job wrote them down: "<time> <job id> <host> <pid>: why". */
static enum status duplicates_note(struct sited *s, const struct run *r, struct err *err)
{
    char rel[64];
    BUF_AUTO b = { 0 };
    (void)str_fmt(rel, sizeof rel, "attempt/a%02d/duplicates", r->fold.attempt);
    if (!log_tail(r, rel, &b))
        return ST_OK;
    enum status st = ST_OK;
    char *save = NULL;
    unsigned copies = 0;
    for (char *line = strtok_r(b.p, "\n", &save); !st && line && copies < COPIES_MAX;
         line = strtok_r(NULL, "\n", &save)) {
        char id[SITE_JOB_ID_MAX];
        const char *p = strchr(line, ' ');
        if (!p || !claim_job_id(p + 1, id))
            continue;
        copies++;
        st = db_run(s->task->db, SQL_WORK_DUPLICATE_NOTE, NULL, err, P_TEXT(r->key), P_TEXT(id),
                    P_TEXT("A second copy started, found the first one's claim and left."));
    }
    return st;
}

static enum status verdict_write(struct sited *s, struct run *r, const struct manifest *m, struct verdict *v,
                                 struct err *err)
{
    char path[PATH_MAX];
    if (path_run(path, r->project, r->id, ""))
        tree_share(path);
    bool ends = v->kind == RK_FINISHED || v->kind == RK_FAILED || v->kind == RK_CANCELLED;
    struct closing c = { .outcome = run_kind_name(v->kind),
                         .manifest = m ? json_dumps(m->doc, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL,
                         .results = v->kind == RK_FINISHED ? &v->results : NULL,
                         .settle = ends,
                         .kept = run_bytes(r) };
    char *usage = NULL, *failure = NULL;
    struct failure f = v->shown;
    if (v->kind != RK_FINISHED && v->cause) {
        f.cause = v->cause;
        f.text = v->text;
        f.hint = v->hint;
        f.log = f.log ? f.log : "";
        failure = failure_json(&f);
    }
    enum status st = usage_make(s, r, m, c.kept, &usage, err);
    if (!st) {
        struct run_note n = { .run = r,
                              .kind = v->kind,
                              .data = failure ? json_loads(failure, 0, NULL) : NULL,
                              .summary = v->kind == RK_FINISHED ? v->results.summary : NULL,
                              .failure = v->kind == RK_FAILED ? failure : NULL,
                              .usage = usage,
                              .also = closing_also,
                              .ctx = &c };
        st = run_note(s->task, &n, err);
    }
    free(usage);
    free(failure);
    free(c.manifest);
    return st;
}

/* After a restart the list may not hold the job any more: the event does. */
static enum status end_remember(struct sited *s, struct run *r, struct err *err)
{
    if (r->end_known)
        return ST_OK;
    ROWS_AUTO rows = NULL;
    enum status st = db_run(s->task->db, SQL_WORK_EVENT_LEFT, &rows, err, P_TEXT(r->id), P_I64(r->fold.attempt));
    if (!st && db_count(rows) && db_text(rows, 0, 0))
        r->end_known = site_job_state_parse(db_text(rows, 0, 0), &r->end);
    return st;
}

enum status collect_run(struct sited *s, struct run *r, struct err *err)
{
    ARENA_AUTO a = arena_new(64u << 20);
    struct manifest m;
    struct err why = { 0 };
    enum status st = end_remember(s, r, err);
    if (st)
        return st;
    st = claim_manifest(r, a, &m, &why);
    bool have = !st;
    /* Whatever the job did to it, it is no manifest then; only our own trouble is worth another try. */
    if (!have && st != ST_NOTFOUND && st != ST_INVALID && st != ST_TOOBIG && st != ST_DENIED)
        return err_set(err, st, "%s", why.text);
    int64_t silence = claim_silence_s(r);
    if (!have && silence >= 0 && silence < QUIET_S && silence * 1000 < g_conf->lost_settle) {
        r->wait_ms = clock_mono_ms() + LOOK_AGAIN_MS; /* still alive, or its last words are on their way */
        return ST_OK;
    }
    struct verdict v = { 0 };
    st = judge(s, r, have ? &m : NULL, a, &v, err);
    if (!st)
        st = duplicates_note(s, r, err);
    if (!st)
        st = verdict_write(s, r, have ? &m : NULL, &v, err);
    results_free(&v.results);
    return st;
}
