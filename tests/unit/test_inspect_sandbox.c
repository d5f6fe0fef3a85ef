/* helper-inspect as a program: what its sandbox forbids, and that limits end in words. Needs the built helper, which is
 * looked for two folders above this test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include <fcntl.h>
#include <signal.h>

static char g_program[4096];

struct answer {
    int status;
    char text[65536];
};

/* Runs the helper with input as its standard input, written by a process of its own; times: how often. */
static void run(char *const argv[], const char *input, size_t n, size_t times, struct answer *ret_a)
{
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], 0);
        (void)dup2(out[1], 1);
        (void)execv(g_program, argv);
        _exit(127);
    }
    pid_t writer = fork();
    if (writer == 0) {
        (void)close(in[0]);
        while (times-- > 0 && write(in[1], input, n) == (ssize_t)n)
            ;
        _exit(0);
    }
    assert_true(pid > 0 && writer > 0);
    (void)close(in[0]);
    (void)close(in[1]);
    (void)close(out[1]);
    size_t len = 0;
    ssize_t got;
    while (len < sizeof ret_a->text - 1 && (got = read(out[0], ret_a->text + len, sizeof ret_a->text - 1 - len)) > 0)
        len += (size_t)got;
    ret_a->text[len] = '\0';
    (void)close(out[0]);
    assert_int_equal(waitpid(pid, &ret_a->status, 0), pid);
    (void)waitpid(writer, NULL, 0);
}

static void test_forbidden_calls_kill(void **state)
{
    (void)state;
    static struct answer a;
    static char *const what[] = { "open", "socket", "fork", "exec", "kill", "executable-memory" };
    for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
        char *argv[] = { "helper-inspect", "self-test", what[i], NULL };
        run(argv, "", 0, 0, &a);
        if (!WIFSIGNALED(a.status) || WTERMSIG(a.status) != SIGSYS)
            fail_msg("%s is not forbidden", what[i]);
    }
    char *argv[] = { "helper-inspect", "self-test", "nothing", NULL }; /* the test itself can fail */
    run(argv, "", 0, 0, &a);
    assert_true(WIFEXITED(a.status));
}

static const char *member(json_t *doc, const char *name)
{
    const char *s = json_string_value(json_object_get(doc, name));
    return s ? s : "";
}

/* The helper must answer in words with this code. */
static void assert_code(const struct answer *a, const char *code)
{
    json_t *doc = json_loads(a->text, JSON_REJECT_DUPLICATES, NULL);
    assert_true(WIFEXITED(a->status) && WEXITSTATUS(a->status) == 0);
    assert_non_null(doc);
    assert_true(json_is_false(json_object_get(doc, "ok")));
    assert_string_equal(member(doc, "code"), code);
    assert_true(strlen(member(doc, "text")) > 10);
    json_decref(doc);
}

static void test_structure(void **state)
{
    (void)state;
    static struct answer a;
    char *argv[] = { "helper-inspect", "structure", "w.xyz", NULL };
    const char *water = "3\nwater\nO 0.0 0.0 0.117\nH 0.0 0.757 -0.469\nH 0.0 -0.757 -0.469\n";
    run(argv, water, strlen(water), 1, &a);
    json_t *doc = json_loads(a.text, 0, NULL);
    assert_true(json_is_true(json_object_get(doc, "ok")));
    assert_string_equal(member(json_object_get(doc, "facts"), "formula"), "H2O");
    json_decref(doc);
}

/* More than the limit is refused while it still comes in, whatever there is of it. */
static void test_too_large(void **state)
{
    (void)state;
    static struct answer a;
    char *argv[] = { "helper-inspect", "--max=1000000", "structure", "big.pdb", NULL };
    char line[] = "REMARK   1 nothing of interest in this line, and there are many of it\n";
    run(argv, line, sizeof line - 1, 2000000, &a);
    assert_code(&a, "too_large");
}

/* Memory runs out in words too: 64 MB do not hold this many atoms. */
static void test_out_of_memory(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* the sanitizers need the address space */
#endif
    static struct answer a;
    char *argv[] = { "helper-inspect", "--memory=67108864", "structure", "big.pdb", NULL };
    char line[] = "HETATM    1  O   HOH A   1       1.000   1.000   1.000\n";
    run(argv, line, sizeof line - 1, 4000000, &a);
    assert_code(&a, "too_large");
}

static void test_out_of_time(void **state)
{
    (void)state;
    static struct answer a;
    char *argv[] = { "helper-inspect", "--seconds=1", "--max=100000000000", "structure", "slow.pdb", NULL };
    static char block[1 << 16];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = i % 8 == 7 ? '\n' : 'x';
    run(argv, block, sizeof block, 200000, &a);
    /* Whichever limit is met first on a fast machine, it is said in words. */
    json_t *doc = json_loads(a.text, 0, NULL);
    const char *code = member(doc, "code");
    assert_true(strcmp(code, "too_slow") == 0 || strcmp(code, "too_many_lines") == 0);
    json_decref(doc);
}

static void test_results(void **state)
{
    (void)state;
    static struct answer a;
    char *argv[] = { "helper-inspect", "results", NULL };
    run(argv, "{", 1, 1, &a);
    assert_true(strstr(a.text, "\"ok\":false") != NULL);
    run(argv, "[", 1, 10000, &a);
    assert_code(&a, "json_depth");
    const char *good = "{\"version\":1,\"template\":\"protein-md\",\"title\":\"A run\"}";
    run(argv, good, strlen(good), 1, &a);
    json_t *doc = json_loads(a.text, 0, NULL);
    if (!json_is_true(json_object_get(doc, "ok")))
        fail_msg("refused: %s", a.text);
    assert_string_equal(member(json_object_get(doc, "doc"), "template"), "protein-md");
    json_decref(doc);
}

static void test_usage(void **state)
{
    (void)state;
    static struct answer a;
    char *const wrong[][4] = { { "helper-inspect", NULL },
                               { "helper-inspect", "everything", NULL },
                               { "helper-inspect", "--max=-1", "structure", NULL },
                               { "helper-inspect", "--what=1", "structure", NULL } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        run(wrong[i], "", 0, 0, &a);
        assert_true(WIFEXITED(a.status) && WEXITSTATUS(a.status) == 2);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)signal(SIGPIPE, SIG_IGN);
    char *slash = strrchr(argv[0], '/');
    (void)snprintf(g_program, sizeof g_program, "%.*s/../../helper-inspect", slash ? (int)(slash - argv[0]) : 1,
                   slash ? argv[0] : ".");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forbidden_calls_kill),
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_out_of_time),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
