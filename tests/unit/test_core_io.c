/* Frames over real pipes, files in real folders, settings, log lines. */
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/file.h"
#include "../../portal/core/frame.h"
#include "../../portal/core/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static char g_dir[64];

static const char *in_dir(const char *name)
{
    static char path[4][256];
    static int at;

    at = (at + 1) % 4;
    (void)snprintf(path[at], sizeof path[at], "%s/%s", g_dir, name);
    return path[at];
}

static int dir_setup(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    (void)snprintf(g_dir, sizeof g_dir, "%.40s/athanor-XXXXXX", base ? base : P_tmpdir);
    return mkdtemp(g_dir) ? 0 : -1;
}

static int dir_teardown(void **state)
{
    (void)state;
    const char *slash = strrchr(g_dir, '/');
    FD_AUTO parent = -1;

    *(char *)(uintptr_t)slash = '\0';
    parent = open(g_dir, O_RDONLY | O_DIRECTORY);
    return dir_remove(parent, slash + 1, NULL) == ST_OK ? 0 : -1;
}

static void frame_compose(struct buf *b)
{
    size_t start = b->len;

    frame_begin(b, 20);
    frame_add_i64(b, -5);
    frame_add_str(b, "key");
    frame_add_str(b, NULL);
    frame_add_double(b, 0.5);
    frame_add_bytes(b, "a\0b", 3);
    frame_finish(b, start);
}

static void frame_round_trip(void **state)
{
    BUF_AUTO out, in;
    int fd[2];
    char s[8];
    size_t n;
    struct frame_reader r;

    (void)state;
    buf_init(&out, FRAME_MAX + 4);
    buf_init(&in, FRAME_MAX);
    frame_compose(&out);
    frame_compose(&out); /* two in a row */
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(frame_write(fd[1], &out, -1, NULL), ST_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(frame_read(fd[0], &in, clock_mono_ms() + 1000, NULL), ST_OK);
        frame_open(&r, in.p, in.len);
        assert_int_equal(r.type, 20);
        assert_int_equal(frame_i64(&r), -5);
        frame_str(&r, s, sizeof s);
        assert_string_equal(s, "key");
        assert_false(frame_end(&r));
        frame_str(&r, s, sizeof s);
        assert_string_equal(s, "");
        assert_true(frame_double(&r) == 0.5);
        assert_memory_equal(frame_bytes(&r, &n), "a\0b", 3);
        assert_int_equal(n, 3);
        assert_true(frame_end(&r));
        assert_int_equal(frame_i64(&r), 0); /* past the end: bad for good */
        assert_false(frame_end(&r));
    }
    close(fd[1]);
    struct err e;
    assert_int_equal(frame_read(fd[0], &in, -1, &e), ST_UNAVAIL);
    assert_string_equal(e.code, "end_of_stream");
    close(fd[0]);
}

static void frame_reader_refuses(void **state)
{
    BUF_AUTO b;
    struct frame_reader r;
    char s[3];
    size_t n;

    (void)state;
    buf_init(&b, 1000);
    frame_compose(&b);
    for (size_t cut = 0; cut + 4 < b.len; cut++) { /* any truncation is noticed */
        frame_open(&r, b.p + 4, cut);
        (void)frame_i64(&r);
        frame_str(&r, s, sizeof s);
        frame_str(&r, s, sizeof s);
        (void)frame_double(&r);
        (void)frame_bytes(&r, &n);
        assert_false(frame_end(&r));
    }
    frame_open(&r, b.p + 4, b.len - 4);
    (void)frame_i64(&r);
    frame_str(&r, s, sizeof s); /* "key" needs four bytes */
    assert_true(r.bad);
    assert_string_equal(s, "");
    frame_open(&r, b.p + 4, b.len - 4);
    assert_true(frame_double(&r) == 0 && r.bad); /* wrong kind */
    buf_reset(&b);
    frame_begin(&b, 1);
    frame_add_bytes(&b, "x", 1);
    buf_adds(&b, "s\xFF\xFF\xFF\xFFzz"); /* a length beyond the frame */
    frame_finish(&b, 0);
    frame_open(&r, b.p + 4, b.len - 4);
    (void)frame_bytes(&r, &n);
    frame_str(&r, s, sizeof s);
    assert_true(r.bad);
    buf_reset(&b);
    frame_begin(&b, 1);
    buf_add(&b, "s\0\0\0\2a\0", 7); /* NUL in a string */
    frame_finish(&b, 0);
    frame_open(&r, b.p + 4, b.len - 4);
    frame_str(&r, s, sizeof s);
    assert_true(r.bad);
}

static void frame_deadlines(void **state)
{
    BUF_AUTO b, in;
    int fd[2];
    struct err e;

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(fd), 0);
    buf_init(&in, FRAME_MAX);
    int64_t t0 = clock_mono_ms();
    assert_int_equal(frame_read(fd[0], &in, t0 + 50, &e), ST_UNAVAIL);
    assert_string_equal(e.code, "deadline");
    assert_true(clock_mono_ms() - t0 < 2000);
    buf_init(&b, FRAME_MAX);
    size_t start = b.len;
    frame_begin(&b, 1);
    char *big = calloc(1, 1 << 20);
    frame_add_bytes(&b, big, 1 << 20);
    free(big);
    frame_finish(&b, start);
    /* nobody reads: a blocking pipe must not swallow the deadline */
    assert_int_equal(frame_write(fd[1], &b, clock_mono_ms() + 50, &e), ST_UNAVAIL);
    close(fd[0]);
    assert_int_equal(frame_write(fd[1], &b, -1, &e), ST_UNAVAIL);
    assert_string_equal(e.code, "end_of_stream");
    close(fd[1]);
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], "\x7F\xFF\xFF\xFF", 4), 4);
    assert_int_equal(frame_read(fd[0], &in, -1, &e), ST_INVALID);
    assert_int_equal(write(fd[1], "\0\0\0\1", 4), 4);
    assert_int_equal(frame_read(fd[0], &in, -1, &e), ST_INVALID);
    close(fd[0]);
    close(fd[1]);
}

static void files_atomic(void **state)
{
    BUF_AUTO b;
    struct stat sb;
    struct err e;

    (void)state;
    assert_int_equal(dir_make(in_dir("a/b/c"), 02750, NULL), ST_OK);
    assert_int_equal(dir_make(in_dir("a/b/c/"), 02750, NULL), ST_OK);
    assert_int_equal(stat(in_dir("a/b"), &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 02750);
    assert_int_equal(file_write_atomic(in_dir("a/b/c/f"), "one", 3, 0640, NULL), ST_OK);
    assert_int_equal(file_write_atomic(in_dir("a/b/c/f"), "second", 6, 0640, NULL), ST_OK);
    assert_int_equal(file_read(in_dir("a/b/c/f"), 6, &b, NULL), ST_OK);
    assert_string_equal(b.p, "second");
    buf_free(&b);
    assert_int_equal(file_read(in_dir("a/b/c/f"), 5, &b, &e), ST_TOOBIG);
    assert_int_equal(file_read(in_dir("nothing"), 5, &b, &e), ST_NOTFOUND);
    assert_string_equal(e.text, "cannot open nothing: No such file or directory"); /* no folder in the text */
    assert_int_equal(file_read(in_dir("a"), 5, &b, &e), ST_INVALID);
    assert_int_equal(dir_make(in_dir("a/b/c/f"), 0750, &e), ST_CONFLICT);
    assert_int_equal(file_write_atomic(in_dir("no/such/f"), "x", 1, 0640, &e), ST_NOTFOUND);
}

static void files_below(void **state)
{
    static const char *const bad[] = { "",    "/etc/passwd", "..",   "../x",    "d/../f", "d//f", "d/",
                                       "./f", "d/.",         "link", "dlink/f", "fifo",   "f/x",  "nothing" };
    BUF_AUTO b;
    int fd;
    struct err e;

    (void)state;
    assert_int_equal(dir_make(in_dir("top/d"), 0755, NULL), ST_OK);
    assert_int_equal(file_write_atomic(in_dir("top/f"), "x", 1, 0600, NULL), ST_OK);
    assert_int_equal(file_write_atomic(in_dir("top/d/f"), "y", 1, 0600, NULL), ST_OK);
    assert_int_equal(symlink("/etc/passwd", in_dir("top/link")), 0);
    assert_int_equal(symlink("d", in_dir("top/dlink")), 0);
    assert_int_equal(mkfifo(in_dir("top/fifo"), 0600), 0);
    FD_AUTO top = open(in_dir("top"), O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(file_open_below(top, bad[i], O_RDONLY, &fd, &e), ST_NOTFOUND);
        assert_int_equal(fd, -1);
    }
    assert_int_equal(file_open_below(top, "d/f", O_RDONLY, &fd, NULL), ST_OK);
    close(fd);
    assert_int_equal(file_read_at(top, "d/f", 10, &b, NULL), ST_OK);
    assert_string_equal(b.p, "y");
    buf_free(&b);
    assert_int_equal(file_read_at(top, "link", 10, &b, NULL), ST_NOTFOUND);
}

static void secrets(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(file_write_atomic(in_dir("secret"), "x", 1, 0600, NULL), ST_OK);
    assert_int_equal(file_check_secret(in_dir("secret"), NULL), ST_OK);
    assert_int_equal(chmod(in_dir("secret"), 0640), 0);
    assert_int_equal(file_check_secret(in_dir("secret"), &e), ST_DENIED);
    assert_int_equal(chmod(in_dir("secret"), 0600), 0);
    assert_int_equal(symlink("secret", in_dir("slink")), 0);
    assert_int_equal(file_check_secret(in_dir("slink"), &e), ST_DENIED);
    assert_int_equal(dir_make(in_dir("open"), 0777, NULL), ST_OK);
    assert_int_equal(file_write_atomic(in_dir("open/s"), "x", 1, 0600, NULL), ST_OK);
    assert_int_equal(file_check_secret(in_dir("open/s"), &e), ST_DENIED); /* the folder counts */
    assert_int_equal(chmod(in_dir("open"), 01777), 0);
    assert_int_equal(file_check_secret(in_dir("open/s"), &e), ST_OK); /* sticky */
}

static void trees_removed(void **state)
{
    FD_AUTO dir = open(g_dir, O_RDONLY | O_DIRECTORY);

    (void)state;
    assert_int_equal(mkdirat(dir, "deep", 0700), 0);
    int at = openat(dir, "deep", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 1500; i++) { /* deeper than descriptors allow to follow, longer than PATH_MAX */
        assert_int_equal(mkdirat(at, "folder", 0700), 0);
        int next = openat(at, "folder", O_RDONLY | O_DIRECTORY);
        assert_true(next >= 0);
        close(at);
        at = next;
    }
    close(at);
    assert_int_equal(file_write_atomic(in_dir("keep"), "x", 1, 0600, NULL), ST_OK);
    assert_int_equal(symlink("../keep", in_dir("deep/link")), 0);
    assert_int_equal(symlink("..", in_dir("deep/up")), 0);
    assert_int_equal(dir_remove(dir, "deep", NULL), ST_OK);
    assert_int_equal(access(in_dir("deep"), F_OK), -1);
    assert_int_equal(access(in_dir("keep"), F_OK), 0); /* links were not followed */
    assert_int_equal(dir_remove(dir, "deep", NULL), ST_OK);
    assert_int_equal(dir_remove(dir, "../x", NULL), ST_INVALID);
    assert_int_equal(dir_remove(dir, "..", NULL), ST_INVALID);
    assert_int_equal(symlink("a", in_dir("alink")), 0);
    assert_int_equal(dir_remove(dir, "alink", NULL), ST_OK);
}

static enum status conf_text(const char *text, struct err *e)
{
    return conf_read_text(text, strlen(text), "test.conf", e);
}

static void settings_text(void **state)
{
    struct err e;

    (void)state;
    conf_reset();
    assert_int_equal(g_conf->port, 8080);
    assert_int_equal(conf_text("# c\n\n port = 81 \nupload_max=2M\nlog_json = no # off\nbind = ::1", &e), ST_OK);
    assert_int_equal(g_conf->port, 81);
    assert_int_equal(g_conf->upload_max, 2 << 20);
    assert_false(g_conf->log_json);
    assert_string_equal(g_conf->bind, "::1");
    assert_int_equal(conf_text("\nport = 70000\n", &e), ST_INVALID);
    assert_non_null(strstr(e.text, "test.conf line 2"));
    assert_string_equal(e.field, "port");
    assert_int_equal(conf_text("prot = 1", &e), ST_INVALID);
    assert_int_equal(conf_text("port 1", &e), ST_INVALID);
    assert_int_equal(conf_text("log_json = maybe", &e), ST_INVALID);
    assert_int_equal(conf_read_text("bind = a\0b", 10, "x", &e), ST_INVALID);
    assert_int_equal(conf_text("bind = \x01", &e), ST_INVALID);
    assert_int_equal(g_conf->port, 81);
    conf_reset();
    assert_int_equal(g_conf->port, 8080);
}

static void settings_strength(void **state)
{
    char *argv[] = { (char[]){ "prog" }, (char[]){ "--set" },  (char[]){ "port=3" },
                     (char[]){ "run" },  (char[]){ "--conf" }, NULL,
                     (char[]){ "--" },   (char[]){ "--set" },  NULL };
    int argc = 8;
    char file[256];
    struct err e;

    (void)state;
    (void)snprintf(file, sizeof file, "%s", in_dir("my.conf"));
    argv[5] = file;
    const char *text = "port = 1\nhttp_threads = 4\nhttp_queue = 100\n";
    assert_int_equal(file_write_atomic(file, text, strlen(text), 0600, NULL), ST_OK);
    setenv("ATHANOR_PORT", "2", 1);
    setenv("ATHANOR_HTTP_QUEUE", "200", 1);
    setenv("ATHANOR_VAR", g_dir, 1);
    setenv("ATHANOR_URL", "not a setting", 1);
    assert_int_equal(conf_load(&argc, argv, &e), ST_OK);
    assert_int_equal(g_conf->port, 3);         /* --set over environment over file */
    assert_int_equal(g_conf->http_queue, 200); /* environment over file */
    assert_int_equal(g_conf->http_threads, 4); /* file over default */
    assert_int_equal(argc, 4);
    assert_string_equal(argv[1], "run");
    assert_string_equal(argv[3], "--set"); /* after "--" it is the program's */
    assert_null(argv[4]);
    assert_true(strncmp(g_conf->static_dir, g_conf->var, strlen(g_conf->var)) == 0);
    assert_non_null(strstr(g_conf->db_worker, "user=athanor_worker"));
    setenv("ATHANOR_PORT", "x", 1);
    argc = 1;
    assert_int_equal(conf_load(&argc, argv, &e), ST_INVALID);
    assert_non_null(strstr(e.text, "ATHANOR_PORT"));
    unsetenv("ATHANOR_PORT");
    unsetenv("ATHANOR_HTTP_QUEUE");
    unsetenv("ATHANOR_VAR");
    conf_reset();
}

static void settings_shown_can_be_read(void **state)
{
    char *text = NULL;
    size_t n = 0;

    (void)state;
    conf_reset();
    FILE *f = open_memstream(&text, &n);
    conf_show(f);
    (void)fclose(f);
    struct err e;
    assert_int_equal(conf_read_text(text, n, "shown", &e), ST_OK);
    free(text);
    conf_reset();
}

static void passwords_are_not_shown(void **state)
{
    static const struct {
        const char *given, *shown;
    } rows[] = {
        { "host=db user=web password=Hush1 dbname=a", "host=db user=web password=*** dbname=a" },
        { "password = 'Hu sh\\'1 x' host=db", "password = *** host=db" },
        { "password=Hu\\ sh1", "password=***" },
        { "sslpassword=Hush1 password='Hush2", "sslpassword=*** password=***" },
        { "postgresql://web:Hu:sh@1@db:5432/a?sslmode=require", "postgresql://web:***@db:5432/a?sslmode=require" },
        { "postgres://web@db/a?password=Hush1&sslmode=require", "postgres://web@db/a?password=***&sslmode=require" },
        { "postgres://db:5432/a", "postgres://db:5432/a" },
        { "host=db passfile=pass", "host=db passfile=pass" },
        { "password", "password" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const char *const names[] = { "db_web", "db_worker", "db_owner" };
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            char line[256], want[256], *text = NULL;
            size_t n = 0;
            struct err e;

            conf_reset();
            (void)snprintf(line, sizeof line, "%s = %s", names[k], rows[i].given);
            (void)snprintf(want, sizeof want, "\n%s = %s  # text", names[k], rows[i].shown);
            assert_int_equal(conf_text(line, &e), ST_OK);
            FILE *f = open_memstream(&text, &n);
            conf_show(f);
            (void)fclose(f);
            assert_non_null(strstr(text, want));
            assert_null(strstr(text, "sh1"));
            free(text);
        }
    }
    struct err e;
    assert_int_equal(conf_text("db_web = password=Hush1\x01", &e), ST_INVALID);
    assert_null(strstr(e.text, "Hush1"));
    conf_reset();
}

static void log_lines_are_json(void **state)
{
    int fd[2];
    char big[20000], out[16384];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    log_init("test", LOG_INFO, fd[1], true);
    log_bind("req_1");
    memset(big, '"', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    log_kv(LOG_DEBUG, "not.shown", "x", NULL);
    log_kv(LOG_WARN, "a.b", "line\nbreak", "k", "v\xFF", "big", big, "big2", big, "big3", big, NULL);
    ssize_t n = read(fd[0], out, sizeof out - 1);
    assert_true(n > 0 && n <= 8192);
    assert_int_equal(out[n - 1], '\n');
    assert_null(memchr(out, '\n', (size_t)n - 1)); /* one line */
    json_auto_t *doc = json_loadb(out, (size_t)n, 0, NULL);
    assert_non_null(doc);
    assert_string_equal(json_string_value(json_object_get(doc, "req")), "req_1");
    assert_string_equal(json_string_value(json_object_get(doc, "msg")), "line\nbreak");
    assert_true(json_is_true(json_object_get(doc, "cut")));
    log_init("test", LOG_INFO, fd[1], false);
    log_fmt(LOG_ERROR, "c.d", "x %d\n%s", 5, "y");
    n = read(fd[0], out, sizeof out - 1);
    assert_true(n > 0);
    assert_null(memchr(out, '\n', (size_t)n - 1)); /* no forged second line */
    log_bind(NULL);
    assert_string_equal(log_bound(), "");
    log_init("test", LOG_INFO, STDERR_FILENO, true);
    close(fd[0]);
    close(fd[1]);
    enum log_level lv;
    assert_true(log_level_parse("warn", &lv) && lv == LOG_WARN);
    assert_false(log_level_parse("loud", &lv));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_round_trip),
        cmocka_unit_test(frame_reader_refuses),
        cmocka_unit_test(frame_deadlines),
        cmocka_unit_test(files_atomic),
        cmocka_unit_test(files_below),
        cmocka_unit_test(secrets),
        cmocka_unit_test(trees_removed),
        cmocka_unit_test(settings_text),
        cmocka_unit_test(settings_strength),
        cmocka_unit_test(settings_shown_can_be_read),
        cmocka_unit_test(passwords_are_not_shown),
        cmocka_unit_test(log_lines_are_json),
    };
    return cmocka_run_group_tests(tests, dir_setup, dir_teardown);
}
