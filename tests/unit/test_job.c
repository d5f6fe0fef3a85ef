/* athanor-job as a program, in real run folders: claim, environment, evidence, signals, kills, second starts. The
 * program is looked for two folders above this test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

static char g_program[4096], g_run[512];

static void nap(int ms)
{
    struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    (void)nanosleep(&t, NULL);
}

static void write_bytes(const char *name, const void *p, size_t n)
{
    FILE *f = fopen(name, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static const char *read_text(const char *name)
{
    static char text[65536];
    FILE *f = fopen(name, "rb");
    if (!f)
        return "";
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    return text;
}

/* Every test works in a fresh run folder, which is its current one. */
static int setup(void **state)
{
    (void)state;
    static const char env[] =
        "PATH=/usr/bin:/bin\0LANG=C.UTF-8\0ATH_ALIVE_S=0.1\0ATH_P_STEPS=7\0ATH_MARGIN_S=60\0HOME=/no";
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(g_run, sizeof g_run, "%s/ath-job-XXXXXX", tmp ? tmp : P_tmpdir);
    if (!mkdtemp(g_run) || chdir(g_run) || mkdir("template", 0755) || mkdir("results", 0755))
        return -1;
    write_text("run.json", "{\"run\":\"run_x\",\"attempt\":1,\"key\":\"ath-k1\",\"resources\":{\"walltime_s\":1000}}");
    write_bytes("env", env, sizeof env);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[600];
    (void)snprintf(command, sizeof command, "rm -rf %s", g_run);
    return chdir("/") || system(command);
}

static void script(const char *body)
{
    write_text("template/run.sh", body);
}

static pid_t start_as(const char *job_id, const char *attempt)
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(null, 2);
        (void)setenv("SECRET_OF_THE_WORKER", "x", 1);
        (void)setenv("CUDA_VISIBLE_DEVICES", "0,3", 1);
        if (job_id)
            (void)setenv("SLURM_JOB_ID", job_id, 1);
        else
            (void)unsetenv("SLURM_JOB_ID");
        (void)unsetenv("SLURM_GPUS_ON_NODE");
        (void)setenv("SLURM_CPUS_PER_TASK", "3", 1);
        (void)execl(g_program, "athanor-job", g_run, attempt, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static int end_of(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void wait_for(const char *name)
{
    for (int i = 0; i < 200 && access(name, F_OK); i++)
        nap(50);
    if (access(name, F_OK))
        fail_msg("%s does not come", name);
}

static json_t *manifest(void)
{
    json_t *m = json_load_file("manifest.json", JSON_REJECT_DUPLICATES, NULL);
    if (!m)
        fail_msg("there is no manifest");
    return m;
}

static void assert_text(const json_t *m, const char *name, const char *value)
{
    const char *s = json_string_value(json_object_get(m, name));
    assert_non_null(s);
    assert_string_equal(s, value);
}

static json_int_t number(const json_t *m, const char *name)
{
    return json_integer_value(json_object_get(m, name));
}

#define COMPLETE "echo '{\"outcome\":\"complete\",\"note\":\"ok\"}' > \"$ATH_RUN_DIR/outcome.json\"\n"

static void test_complete(void **state)
{
    (void)state;
    script("printf abc > \"$ATH_RUN_DIR/results/results.json\"\necho out; echo err >&2\npwd > where\n" COMPLETE);
    assert_int_equal(end_of(start_as("41", "1")), 0);
    json_t *m = manifest();
    assert_int_equal(number(m, "version"), 1);
    assert_text(m, "key", "ath-k1");
    assert_int_equal(number(m, "attempt"), 1);
    assert_text(m, "job_id", "41");
    assert_text(m, "outcome", "complete");
    assert_text(json_object_get(m, "outcome_data"), "note", "ok");
    assert_int_equal(number(m, "exit_code"), 0);
    assert_text(m, "results_sha256",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2 */
    assert_int_equal(number(m, "results_bytes"), 3);
    assert_true(json_is_false(json_object_get(m, "timed_out")));
    assert_true(number(m, "max_rss_kb") > 500);
    json_decref(m);
    assert_string_equal(read_text("attempt/a01/stdout.log"), "out\n");
    assert_string_equal(read_text("attempt/a01/stderr.log"), "err\n");
    assert_int_equal(strncmp(read_text("attempt/a01/claim/owner"), "41 ", 3), 0);
    char work[600];
    (void)snprintf(work, sizeof work, "%s/work\n", g_run);
    assert_string_equal(read_text("work/where"), work);
    assert_int_equal(access("attempt/a01/alive", F_OK), 0);
    struct stat sb;
    assert_int_equal(stat("manifest.json", &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0640);
}

static void test_environment(void **state)
{
    (void)state;
    script("env > env.txt\n" COMPLETE);
    time_t before = time(NULL);
    assert_int_equal(end_of(start_as("42", "1")), 0);
    const char *env = read_text("work/env.txt");
    static const char *const there[] = { "ATH_P_STEPS=7\n",           "ATH_CPUS=3\n",      "ATH_GPUS=2\n",
                                         "ATH_ATTEMPT=1\n",           "SLURM_JOB_ID=42\n", "/work\n",
                                         "CUDA_VISIBLE_DEVICES=0,3\n" };
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        if (!strstr(env, there[i]))
            fail_msg("no %s in %s", there[i], env);
    }
    assert_null(strstr(env, "SECRET_OF_THE_WORKER"));
    assert_null(strstr(env, "HOME=/no"));
    const char *deadline = strstr(env, "ATH_DEADLINE=");
    assert_non_null(deadline);
    long long at = atoll(deadline + 13);
    assert_true(at >= before + 940 && at <= time(NULL) + 940); /* walltime less the margin */
}

static void test_outcomes(void **state)
{
    (void)state;
    static const struct {
        const char *body, *outcome;
        int code;
    } cases[] = {
        { "true\n", "none", 1 },
        { "exit 5\n", "failed", 5 },
        { "echo '{\"outcome\":\"continue\"}' > ../outcome.json\n", "continue", 0 },
        { "echo '{\"outcome\":\"complete\"}' > ../outcome.json; exit 3\n", "failed", 3 },
        { "echo '{\"outcome\":\"failed\",\"cause\":\"x\"}' > ../outcome.json\n", "failed", 1 },
        { "echo '{\"outcome\":\"comp' > ../outcome.json\n", "none", 1 },
        { "echo '[1]' > ../outcome.json\n", "none", 1 },
        { "ln -s /etc/passwd ../outcome.json\n", "none", 1 },
        { "kill -SEGV $$\n", "failed", 139 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char key[128], attempt[8];
        (void)snprintf(attempt, sizeof attempt, "%zu", i + 1);
        (void)snprintf(key, sizeof key, "{\"attempt\":%zu,\"key\":\"k%zu\"}", i + 1, i + 1);
        write_text("run.json", key);
        script(cases[i].body);
        int code = end_of(start_as("7", attempt));
        json_t *m = manifest();
        if (code != cases[i].code)
            fail_msg("%s ended with %d, not %d", cases[i].body, code, cases[i].code);
        assert_text(m, "outcome", cases[i].outcome);
        assert_int_equal(number(m, "attempt"), i + 1);
        assert_true(json_is_null(json_object_get(m, "results_sha256")));
        json_decref(m);
    }
}

/* What an earlier try has left is no evidence of this one. */
static void test_old_evidence_is_put_aside(void **state)
{
    (void)state;
    write_text("outcome.json", "{\"outcome\":\"complete\"}");
    write_text("results/results.json", "old");
    write_text("manifest.json", "{\"key\":\"other\",\"attempt\":1,\"outcome\":\"complete\"}");
    script("true\n");
    assert_int_equal(end_of(start_as("8", "1")), 1);
    json_t *m = manifest();
    assert_text(m, "outcome", "none");
    assert_true(json_is_null(json_object_get(m, "results_sha256")));
    json_decref(m);
    assert_string_equal(read_text("attempt/a01/results.earlier.json"), "old");
}

static void test_second_job_leaves(void **state)
{
    (void)state;
    script("echo run >> count\ntouch started\nfor i in $(seq 100); do [ -e go ] && break; sleep 0.1; done\n" COMPLETE);
    pid_t first = start_as("50", "1");
    wait_for("work/started");
    assert_int_equal(end_of(start_as("51", "1")), 77);
    assert_int_equal(end_of(start_as(NULL, "1")), 77); /* one without a scheduler is never the same job */
    write_text("work/go", "");
    assert_int_equal(end_of(first), 0);
    assert_int_equal(end_of(start_as("52", "1")), 77); /* late, after all is over */
    assert_string_equal(read_text("work/count"), "run\n");
    const char *noted = read_text("attempt/a01/duplicates");
    assert_non_null(strstr(noted, " 51 "));
    assert_non_null(strstr(noted, " - "));
    assert_non_null(strstr(noted, " 52 "));
    json_t *m = manifest();
    assert_text(m, "job_id", "50");
    json_decref(m);
}

/* Many at once: exactly one runs. */
static void test_race(void **state)
{
    (void)state;
    enum { N = 12 };
    pid_t pid[N];
    int ran = 0, left = 0;
    script("echo run >> count\nsleep 0.3\n" COMPLETE);
    for (int i = 0; i < N; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%d", 100 + i);
        pid[i] = start_as(id, "1");
    }
    for (int i = 0; i < N; i++) {
        int code = end_of(pid[i]);
        ran += code == 0;
        left += code == 77;
    }
    assert_int_equal(ran, 1);
    assert_int_equal(left, N - 1);
    assert_string_equal(read_text("work/count"), "run\n");
}

/* An attempt that the run has moved past is not begun, whether claimed or not. */
static void test_old_attempt_leaves(void **state)
{
    (void)state;
    write_text("run.json", "{\"attempt\":2,\"key\":\"k2\"}");
    script("echo run >> count\n" COMPLETE);
    (void)mkdir("attempt", 0755);
    (void)mkdir("attempt/a01", 0755);
    assert_int_equal(end_of(start_as("60", "1")), 77);
    assert_int_equal(access("work/count", F_OK), -1);
    assert_int_equal(access("manifest.json", F_OK), -1);
    assert_non_null(strstr(read_text("attempt/a01/duplicates"), "attempt 2"));
}

static void test_empty_claim_is_not_taken(void **state)
{
    (void)state;
    script(COMPLETE);
    (void)mkdir("attempt", 0755);
    (void)mkdir("attempt/a01", 0755);
    (void)mkdir("attempt/a01/claim", 0755);
    assert_int_equal(end_of(start_as("61", "1")), 77);
}

static pid_t child_of_script(void)
{
    wait_for("work/pid");
    nap(50);
    return (pid_t)atoi(read_text("work/pid"));
}

static bool gone(pid_t pid)
{
    for (int i = 0; i < 60; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
        const char *stat_line = read_text(path), *paren = strrchr(stat_line, ')');
        if (!paren || paren[2] == 'Z')
            return true;
        nap(50);
    }
    return false;
}

/* kill -9 of the wrapper ends the work too; the same job started again takes over and finishes. */
static void test_kill_and_requeue(void **state)
{
    (void)state;
    script("sleep 300 & echo $! > pid\n[ -e again ] && { kill %1; echo second >> count; " COMPLETE "exit 0; }\n"
           "echo first >> count\nwait\n");
    pid_t first = start_as("70", "1");
    pid_t worker = child_of_script();
    assert_int_equal(kill(first, SIGKILL), 0);
    assert_int_equal(end_of(first), 137);
    assert_true(gone(worker));
    assert_int_equal(access("manifest.json", F_OK), -1);
    write_text("work/again", "");
    assert_int_equal(end_of(start_as("70", "1")), 0);
    json_t *m = manifest();
    assert_text(m, "outcome", "complete");
    json_decref(m);
    assert_string_equal(read_text("work/count"), "first\nsecond\n");
    assert_int_equal(end_of(start_as("70", "1")), 0); /* started once more after success: nothing is done again */
    assert_string_equal(read_text("work/count"), "first\nsecond\n");
}

/* Both starts of a requeued job alive, as after a network split: the new one takes over, the old one leaves. */
static void test_takeover(void **state)
{
    (void)state;
    script("echo $$ >> pids\ntouch started.$(wc -l < pids)\n"
           "for i in $(seq 100); do [ -e go ] && break; sleep 0.1; done\n" COMPLETE);
    pid_t old = start_as("80", "1");
    wait_for("work/started.1");
    pid_t new = start_as("80", "1");
    assert_int_equal(end_of(old), 77);
    wait_for("work/started.2");
    write_text("work/go", "");
    assert_int_equal(end_of(new), 0);
    char owner[64];
    (void)snprintf(owner, sizeof owner, " %d\n", (int)new);
    assert_non_null(strstr(read_text("attempt/a01/claim/owner"), owner));
    assert_non_null(strstr(read_text("attempt/a01/duplicates"), "taken over"));
}

static void test_term_is_forwarded(void **state)
{
    (void)state;
    script("trap 'echo \"{\\\"outcome\\\":\\\"continue\\\",\\\"reason\\\":\\\"walltime\\\"}\" > ../outcome.json; exit "
           "0' TERM\n"
           "sleep 300 & echo $! > pid\nwait\n");
    pid_t job = start_as("90", "1");
    pid_t child = child_of_script();
    assert_int_equal(kill(job, SIGTERM), 0);
    assert_int_equal(end_of(job), 0);
    assert_true(gone(child));
    json_t *m = manifest();
    assert_text(m, "outcome", "continue");
    assert_int_equal(number(m, "stop_signal"), SIGTERM);
    assert_true(json_is_false(json_object_get(m, "timed_out"))); /* long before the deadline */
    json_decref(m);
}

static void test_end_of_time(void **state)
{
    (void)state;
    write_text("run.json", "{\"attempt\":1,\"key\":\"k\",\"resources\":{\"walltime_s\":1}}");
    script("echo $$ > pid\nsleep 300\n");
    pid_t job = start_as("91", "1");
    wait_for("work/pid");
    nap(1200);
    assert_int_equal(kill(job, SIGUSR1), 0);
    assert_int_equal(end_of(job), 143);
    json_t *m = manifest();
    assert_text(m, "outcome", "failed");
    assert_int_equal(number(m, "signal"), SIGTERM);
    assert_true(json_is_true(json_object_get(m, "timed_out")));
    json_decref(m);
}

/* A background process of run.sh cannot write after the manifest. */
static void test_leftovers_end(void **state)
{
    (void)state;
    script("sleep 300 & echo $! > pid\n" COMPLETE);
    assert_int_equal(end_of(start_as("92", "1")), 0);
    assert_true(gone((pid_t)atoi(read_text("work/pid"))));
}

static void test_measures(void **state)
{
    (void)state;
    script("python3 -c 'x = bytearray(60_000_000)\nfor i in range(3_000_000): pass'\n" COMPLETE);
    assert_int_equal(end_of(start_as("93", "1")), 0);
    json_t *m = manifest();
    assert_true(number(m, "max_rss_kb") > 55000);
    double cpu = json_number_value(json_object_get(m, "user_cpu_s")),
           t = json_number_value(json_object_get(m, "elapsed_s"));
    assert_true(cpu > 0.02 && t > 0.02 && t < 60);
    json_decref(m);
    m = json_load_file("attempt/a01/usage.json", 0, NULL);
    assert_true(number(m, "max_rss_kb") > 55000);
    json_decref(m);
}

static void test_damaged_folder(void **state)
{
    (void)state;
    script(COMPLETE);
    assert_int_equal(end_of(start_as("94", "0")), 2);
    assert_int_equal(end_of(start_as("94", "1x")), 2);
    write_text("env", "PATH=/bin"); /* without its NUL: cut short */
    assert_int_equal(end_of(start_as("94", "1")), 2);
    write_bytes("env", "=x", 3);
    assert_int_equal(end_of(start_as("94", "1")), 2);
    write_text("run.json", "{\"attempt\":1");
    assert_int_equal(end_of(start_as("94", "1")), 2);
    assert_int_equal(access("attempt/a01/claim", F_OK), -1); /* nothing was claimed */
}

int main(int argc, char **argv)
{
    (void)argc;
    char *slash = strrchr(argv[0], '/'), here[2048];
    (void)snprintf(here, sizeof here, "%.*s/../../athanor-job", slash ? (int)(slash - argv[0]) : 1,
                   slash ? argv[0] : ".");
    if (!realpath(here, g_program)) {
        fprintf(stderr, "no athanor-job at %s\n", here);
        return 1;
    }
#define JOB_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        JOB_TEST(test_complete),           JOB_TEST(test_environment),
        JOB_TEST(test_outcomes),           JOB_TEST(test_old_evidence_is_put_aside),
        JOB_TEST(test_second_job_leaves),  JOB_TEST(test_race),
        JOB_TEST(test_old_attempt_leaves), JOB_TEST(test_empty_claim_is_not_taken),
        JOB_TEST(test_kill_and_requeue),   JOB_TEST(test_takeover),
        JOB_TEST(test_term_is_forwarded),  JOB_TEST(test_end_of_time),
        JOB_TEST(test_leftovers_end),      JOB_TEST(test_measures),
        JOB_TEST(test_damaged_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
