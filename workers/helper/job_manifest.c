/* manifest.json: the evidence of an attempt, written last and atomically. It repeats what run.sh claims (outcome.json)
 * beside what this program has measured itself: exit status, time, memory, and the hash of the results.
 */
#include "job.h"
#include "../../portal/core/clock.h"
#include "../../portal/core/file.h"
#include "../../portal/core/id.h"
#include "../../portal/core/jsonw.h"
#include "../../portal/core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_BYTES_MAX (1 << 20)
#define OUTCOME_BYTES_MAX  (256 << 10)
#define RESULTS            "results/results.json"

/* outcome.json as an object, NULL when there is none worth the name. */
static json_t *outcome_load(void)
{
    BUF_AUTO b = { 0 };
    FD_AUTO here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (here < 0 || file_read_at(here, "outcome.json", OUTCOME_BYTES_MAX, &b, NULL))
        return NULL;
    json_t *root = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(root))
        return root;
    json_decref(root);
    return NULL;
}

/* What run.sh says counts only where the exit status agrees. */
static const char *outcome_judge(const json_t *outcome, int exit_code)
{
    const char *word = json_string_value(json_object_get(outcome, "outcome"));
    if (exit_code != 0 || str_eq(word, "failed"))
        return "failed";
    if (str_eq(word, "complete") || str_eq(word, "continue"))
        return word;
    return "none";
}

static bool results_hash(char hex[65], int64_t *ret_bytes)
{
    unsigned char piece[65536], sum[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    FD_AUTO here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FD_AUTO fd = -1;
    ssize_t n;

    *ret_bytes = 0;
    if (here < 0 || file_open_below(here, RESULTS, O_RDONLY, &fd, NULL))
        return false;
    (void)crypto_hash_sha256_init(&state);
    while ((n = read(fd, piece, sizeof piece)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        (void)crypto_hash_sha256_update(&state, piece, (unsigned long long)n);
        *ret_bytes += n;
    }
    (void)crypto_hash_sha256_final(&state, sum);
    hex_encode(sum, sizeof sum, hex);
    return true;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void usage_write(struct jsonw *w, const struct job_end *end)
{
    jsonw_kdouble(w, "elapsed_s", end->elapsed_s);
    jsonw_kdouble(w, "user_cpu_s", seconds(end->usage.ru_utime));
    jsonw_kdouble(w, "system_cpu_s", seconds(end->usage.ru_stime));
    jsonw_ki64(w, "max_rss_kb", end->usage.ru_maxrss);
}

static void time_write(struct jsonw *w, const char *key, int64_t us)
{
    char t[32];
    clock_rfc3339(us, t, sizeof t);
    jsonw_kstr(w, key, t);
}

static void manifest_compose(struct buf *b, const struct job *j, const struct job_end *end, const json_t *outcome)
{
    char hex[65];
    int64_t bytes;
    struct jsonw w;

    bool have = results_hash(hex, &bytes);
    char *data = outcome ? json_dumps(outcome, JSON_COMPACT) : NULL;
    bool late = j->stop_signal && j->deadline_s && j->stopped_us / 1000000 >= j->deadline_s;
    jsonw_init(&w, b);
    jsonw_obj(&w);
    jsonw_ki64(&w, "version", 1);
    jsonw_kstr(&w, "key", j->key);
    jsonw_ki64(&w, "attempt", j->attempt);
    jsonw_kstr(&w, "job_id", j->id);
    jsonw_kstr(&w, "host", j->host);
    time_write(&w, "started_at", end->started_us);
    time_write(&w, "ended_at", end->ended_us);
    usage_write(&w, end);
    jsonw_ki64(&w, "exit_code", end->exit_code);
    jsonw_ki64(&w, "signal", end->signal);
    jsonw_ki64(&w, "stop_signal", j->stop_signal);
    jsonw_kbool(&w, "timed_out", late);
    jsonw_kstr(&w, "outcome", outcome_judge(outcome, end->exit_code));
    jsonw_kraw(&w, "outcome_data", data);
    jsonw_kstr(&w, "results_sha256", have ? hex : NULL);
    jsonw_ki64(&w, "results_bytes", bytes);
    jsonw_obj_end(&w);
    buf_addc(b, '\n');
    free(data);
}

static enum status usage_file_write(const struct job *j, const struct job_end *end, struct err *err)
{
    BUF_AUTO b = { 0 };
    struct jsonw w;
    char path[96];
    buf_init(&b, 4096);
    jsonw_init(&w, &b);
    jsonw_obj(&w);
    usage_write(&w, end);
    jsonw_obj_end(&w);
    buf_addc(&b, '\n');
    (void)str_fmt(path, sizeof path, "%s/usage.json", j->attempt_dir);
    return file_write_atomic(path, b.p, b.len, 0640, err);
}

enum status job_manifest_write(struct job *j, const struct job_end *end, struct err *err)
{
    BUF_AUTO b = { 0 };
    buf_init(&b, MANIFEST_BYTES_MAX);

    json_t *outcome = outcome_load();
    manifest_compose(&b, j, end, outcome);
    const char *word = outcome_judge(outcome, end->exit_code);
    bool good = str_eq(word, "complete") || str_eq(word, "continue");
    json_decref(outcome);
    enum status st = usage_file_write(j, end, err);
    if (!st && !buf_ok(&b))
        st = err_set(err, ST_TOOBIG, "the manifest passes %d bytes", MANIFEST_BYTES_MAX);
    if (!st)
        st = file_write_atomic("manifest.json", b.p, b.len, 0640, err);
    /* For those who look at the scheduler only: a run without evidence of success has failed. */
    j->exit_code = good ? 0 : end->exit_code ? end->exit_code : 1;
    return st;
}

bool job_is_done(const struct job *j)
{
    BUF_AUTO b = { 0 };
    const char *key = "", *outcome = "";
    json_int_t attempt = 0;
    if (file_read("manifest.json", MANIFEST_BYTES_MAX, &b, NULL))
        return false;
    json_t *root = json_loadb(b.p, b.len, 0, NULL);
    bool done = root && !json_unpack(root, "{s:s, s:I, s:s}", "key", &key, "attempt", &attempt, "outcome", &outcome) &&
                str_eq(key, j->key) && attempt == j->attempt && str_eq(outcome, "complete");
    json_decref(root);
    return done;
}

void job_put_aside(const struct job *j)
{
    static const struct {
        const char *from, *to;
    } old[] = { { "outcome.json", "outcome.earlier.json" },
                { RESULTS, "results.earlier.json" },
                { "manifest.json", "manifest.earlier.json" } };
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        char to[96];
        (void)str_fmt(to, sizeof to, "%s/%s", j->attempt_dir, old[i].to);
        if (rename(old[i].from, to) && errno != ENOENT)
            fprintf(stderr, "athanor-job: cannot move %s away: %s\n", old[i].from, strerror(errno));
    }
}
