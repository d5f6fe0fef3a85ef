/* Reading manifest.json. athanor-job writes it, but into a folder the job may
 * write, so nothing here is believed before it is checked.
 */
#include "manifest.h"

#include "json_in.h"
#include "relpath.h"

#include "../core/clock.h"
#include "../core/str.h"

#include <string.h>

enum { LINES_MAX = 40, LINE_BYTES = 300, TEXT_BYTES = 1000 };

static const char *const g_outcomes[] = { "none", "complete", "continue", "failed", NULL };

const char *outcome_name(enum outcome o)
{
    return g_outcomes[o];
}

static enum status time_read(const char *field, const char *text, int64_t *ret_us, struct err *err)
{
    if (clock_parse_rfc3339(text, ret_us))
        return ST_OK;
    return err_field(err, ST_INVALID, "wrong_type", field, "%s must be a time like 2026-11-20T19:00:00Z", field);
}

enum status manifest_read(struct arena *a, const char *text, size_t n, struct manifest *ret_m, struct err *err)
{
    struct manifest m = { .key = NULL };
    const char *started = NULL, *ended = NULL, *outcome = NULL;
    int64_t version, stop_signal;
    json_t *data = NULL, *doc = NULL;
    const struct json_row rows[] = {
        JSON_ROW_I64("version", JF_REQUIRED, 1, 1, &version),
        JSON_ROW_STR("key", JF_REQUIRED, 1, 128, &m.key),
        JSON_ROW_I64("attempt", JF_REQUIRED, 1, 1000000, &m.attempt),
        JSON_ROW_STR("job_id", JF_REQUIRED, 0, 63, &m.job_id),
        JSON_ROW_STR("host", JF_REQUIRED, 0, 255, &m.host),
        JSON_ROW_STR("started_at", JF_REQUIRED, 1, 40, &started),
        JSON_ROW_STR("ended_at", JF_REQUIRED, 1, 40, &ended),
        JSON_ROW_DOUBLE("elapsed_s", JF_REQUIRED, 0, 1e12, &m.elapsed_s),
        JSON_ROW_DOUBLE("user_cpu_s", JF_REQUIRED, 0, 1e12, &m.user_cpu_s),
        JSON_ROW_DOUBLE("system_cpu_s", JF_REQUIRED, 0, 1e12, &m.system_cpu_s),
        JSON_ROW_I64("max_rss_kb", JF_REQUIRED, 0, INT64_MAX, &m.max_rss_kb),
        JSON_ROW_I64("exit_code", JF_REQUIRED | JF_NULL, -1, 255, &m.exit_code),
        JSON_ROW_I64("signal", JF_REQUIRED | JF_NULL, 0, 127, &m.signal),
        JSON_ROW_I64("stop_signal", JF_NULL, 0, 127, &stop_signal),
        JSON_ROW_WORD("outcome", JF_REQUIRED, g_outcomes, &outcome),
        JSON_ROW_OBJ("outcome_data", JF_NULL, &data),
        JSON_ROW_STR("results_sha256", JF_REQUIRED | JF_NULL, 64, 64, &m.results_sha256),
        JSON_ROW_I64("results_bytes", JF_REQUIRED, 0, INT64_MAX, &m.results_bytes),
        JSON_ROW_BOOL("timed_out", JF_REQUIRED, &m.timed_out),
    };
    enum status st = json_body(a, text, n, MANIFEST_BYTES_MAX, rows, sizeof rows / sizeof *rows, &doc, err);

    if (st == ST_OK)
        st = time_read("/started_at", started, &m.started_us, err);
    if (st == ST_OK)
        st = time_read("/ended_at", ended, &m.ended_us, err);
    if (st != ST_OK)
        return st;
    if (m.results_sha256 && strspn(m.results_sha256, "0123456789abcdef") != 64)
        return err_field(err, ST_INVALID, "wrong_type", "/results_sha256", "/results_sha256 must be lower-case hex");
    for (int i = 0; g_outcomes[i]; i++)
        if (str_eq(g_outcomes[i], outcome))
            m.outcome = (enum outcome)i;
    m.outcome_data = data;
    m.doc = doc;
    *ret_m = m;
    return ST_OK;
}

/* A member as clean text of at most max bytes; "" when it is no text. */
static const char *clean_member(struct arena *a, const json_t *o, const char *key, size_t max)
{
    const char *s = json_string_value(json_object_get(o, key));
    char *out = s ? arena_alloc(a, max + 1) : NULL;

    if (out)
        (void)utf8_sanitize(s, strlen(s), out, max + 1);
    return out ? out : "";
}

bool manifest_failure(struct arena *a, const struct manifest *m, struct manifest_failure *ret_f)
{
    const json_t *d = m->outcome_data, *list = json_object_get(d, "lines");
    const char **lines = arena_alloc(a, LINES_MAX * sizeof *lines);
    size_t n = 0;

    if (!d || !lines)
        return false;
    for (size_t i = 0; i < json_array_size(list) && n < LINES_MAX; i++) {
        const char *s = json_string_value(json_array_get(list, i));
        char *line = s ? arena_alloc(a, LINE_BYTES + 1) : NULL;
        if (!line)
            continue;
        (void)utf8_sanitize(s, strlen(s), line, LINE_BYTES + 1);
        lines[n++] = line;
    }
    const char *log = clean_member(a, d, "log", 512);
    *ret_f = (struct manifest_failure){
        .cause = clean_member(a, d, "cause", 64),
        .text = clean_member(a, d, "text", TEXT_BYTES),
        .hint = clean_member(a, d, "hint", TEXT_BYTES),
        .log = relpath_ok(log) ? log : "",
        .lines = lines,
        .n_lines = n,
    };
    return *ret_f->cause || *ret_f->text;
}

enum status manifest_proves(const struct manifest *m, const char *key, int64_t attempt, struct err *err)
{
    if (!str_eq(m->key, key) || m->attempt != attempt)
        return err_field(err, ST_CONFLICT, "other_attempt", NULL, "the manifest is of %s attempt %lld", m->key,
                         (long long)m->attempt);
    if (m->outcome == OUTCOME_NONE)
        return err_field(err, ST_CONFLICT, "no_outcome", NULL, "the job ended without saying that it was complete");
    if (m->outcome != OUTCOME_COMPLETE)
        return err_field(err, ST_CONFLICT, "not_complete", NULL, "the outcome is \"%s\"", g_outcomes[m->outcome]);
    if (m->exit_code != 0 || m->signal != 0)
        return err_field(err, ST_CONFLICT, "bad_exit", NULL, "the job ended with exit code %lld, signal %lld",
                         (long long)m->exit_code, (long long)m->signal);
    if (!m->results_sha256)
        return err_field(err, ST_CONFLICT, "no_results", NULL, "the job left no results.json");
    return ST_OK;
}
