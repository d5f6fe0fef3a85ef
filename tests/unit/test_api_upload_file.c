/* The bytes of uploads on a real disk: offsets, locks, checksums, what is left after a cut. */
#include "../../portal/api/upload_file.h"
#include "../../portal/core/arena.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/file.h"
#include "../../portal/core/str.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "upl_test"

static const struct tus_checksum NO_SUM = { .algorithm = TUS_NONE };
static char g_var[] = "ath-upload-XXXXXX"; /* below the folder for temporary files, where the test works */

static struct upload_file *open_expect(int64_t length, const struct tus_checksum *sum)
{
    struct upload_file *f = NULL;
    struct err err = { 0 };

    assert_int_equal(upload_file_open(ID, true, &f, &err), ST_OK);
    assert_int_equal(upload_file_expect(f, length, sum, &err), ST_OK);
    return f;
}

static int64_t size_now(void)
{
    int64_t size = -1;
    int64_t written_s = -1;

    assert_int_equal(upload_file_size(ID, &size, &written_s, NULL), ST_OK);
    return size;
}

static int start_over(void **state)
{
    (void)state;
    return upload_file_remove(ID, NULL) == ST_OK ? 0 : -1;
}

static void bytes_add_up_over_requests(void **state)
{
    (void)state;
    assert_int_equal(size_now(), 0); /* a file that is not there has no bytes */
    struct upload_file *f = open_expect(10, &NO_SUM);
    assert_int_equal(upload_file_write(f, "hello", 5, NULL), ST_OK);
    upload_file_close(f); /* cut: what arrived counts */
    assert_int_equal(size_now(), 5);

    f = open_expect(10, &NO_SUM);
    assert_int_equal(upload_file_offset(f), 5);
    assert_int_equal(upload_file_write(f, "world", 5, NULL), ST_OK);
    struct err err = { 0 };
    assert_int_equal(upload_file_write(f, "!", 1, &err), ST_TOOBIG);
    assert_int_equal(upload_file_finish(f, &err), ST_OK);
    upload_file_close(f);

    BUF_AUTO b;
    const char *path = arena_printf(*state, "%s/uploads/" ID, g_var);
    assert_int_equal(file_read(path, 100, &b, &err), ST_OK);
    assert_string_equal(b.p, "helloworld");
}

static void one_writer(void **state)
{
    (void)state;
    struct upload_file *f = open_expect(10, &NO_SUM);
    struct upload_file *second = NULL;
    struct err err = { 0 };
    assert_int_equal(upload_file_open(ID, true, &second, &err), ST_LOCKED);
    upload_file_close(f);
    assert_int_equal(upload_file_open(ID, true, &second, &err), ST_OK);
    upload_file_close(second);
}

static void checksum_keeps_or_drops(void **state)
{
    (void)state;
    struct tus_checksum sum;
    struct err err = { 0 };
    assert_int_equal(tus_checksum_parse("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", &sum, &err), ST_OK); /* "hello" */

    struct upload_file *f = open_expect(10, &sum);
    assert_int_equal(upload_file_write(f, "hello", 5, NULL), ST_OK);
    assert_int_equal(upload_file_finish(f, &err), ST_OK);
    upload_file_close(f);
    assert_int_equal(size_now(), 5);

    f = open_expect(10, &sum);
    assert_int_equal(upload_file_write(f, "jello", 5, NULL), ST_OK);
    assert_int_equal(upload_file_finish(f, &err), ST_CONFLICT);
    assert_string_equal(err.code, "checksum_mismatch");
    upload_file_close(f);
    assert_int_equal(size_now(), 5);

    f = open_expect(10, &sum); /* cut before the checksum could be compared */
    assert_int_equal(upload_file_write(f, "hel", 3, NULL), ST_OK);
    assert_int_equal(size_now(), 8);
    upload_file_close(f);
    assert_int_equal(size_now(), 5);
}

static void sha256_too(void **state)
{
    (void)state;
    struct tus_checksum sum;
    struct err err = { 0 };
    assert_int_equal(tus_checksum_parse("sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", &sum, &err), ST_OK);
    struct upload_file *f = open_expect(5, &sum);
    assert_int_equal(upload_file_write(f, "hello", 5, NULL), ST_OK);
    assert_int_equal(upload_file_finish(f, &err), ST_OK);
    upload_file_close(f);
}

/* A file size limit is the full disk that a test can have without one. */
static void full_disk_keeps_the_offset(void **state)
{
    (void)state;
    struct rlimit old;
    struct rlimit tight = { .rlim_cur = 4096 };
    char block[3000];
    struct err err = { 0 };
    (void)memset(block, 'x', sizeof(block));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight.rlim_max = old.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);

    struct upload_file *f = open_expect(100000, &NO_SUM);
    assert_int_equal(upload_file_write(f, block, sizeof(block), &err), ST_OK);
    assert_int_not_equal(upload_file_write(f, block, sizeof(block), &err), ST_OK);
    assert_int_equal(upload_file_offset(f), 4096);
    assert_true(strlen(err.hint) > 0);
    upload_file_close(f);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(size_now(), 4096);
}

static void long_uploads_start_write_back(void **state)
{
    (void)state;
    const int64_t length = INT64_C(200) << 20;
    const size_t piece = 1 << 20;
    char *p = calloc(1, piece);
    struct upload_file *f = open_expect(length, &NO_SUM);
    for (int64_t n = 0; n < length; n += (int64_t)piece)
        assert_int_equal(upload_file_write(f, p, piece, NULL), ST_OK);
    assert_int_equal(upload_file_finish(f, NULL), ST_OK);
    upload_file_close(f);
    free(p);
    assert_int_equal(size_now(), length);
}

static int folder_make(void **state)
{
    char setting[128];
    char *argv[] = { (char *)(uintptr_t) "test", (char *)(uintptr_t) "--set", setting, NULL };
    int argc = 3;
    struct err err = { 0 };

    *state = arena_new(1 << 20);
    if (chdir(getenv("TMPDIR") ? getenv("TMPDIR") : P_tmpdir) || !mkdtemp(g_var) ||
        !str_fmt(setting, sizeof(setting), "var=%s", g_var) || conf_load(&argc, argv, &err))
        return -1;
    return dir_make(arena_printf(*state, "%s/uploads", g_var), 0770, &err) == ST_OK ? 0 : -1;
}

static int folder_remove(void **state)
{
    arena_free(*state);
    return dir_remove(AT_FDCWD, g_var, NULL) == ST_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bytes_add_up_over_requests, start_over),
        cmocka_unit_test_setup(one_writer, start_over),
        cmocka_unit_test_setup(checksum_keeps_or_drops, start_over),
        cmocka_unit_test_setup(sha256_too, start_over),
        cmocka_unit_test_setup(full_disk_keeps_the_offset, start_over),
        cmocka_unit_test_setup(long_uploads_start_write_back, start_over),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
