/* The text of tus and the names of files: what strangers may send in headers. */
#include "../../portal/api/filename.h"
#include "../../portal/api/tus.h"
#include "../../portal/core/id.h"
#include "../../portal/core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PROJECT "prj_01hgw2bbg0zzzzzzzzzzzzzzzz"

static const char *clean(struct arena *a, const char *p, size_t n)
{
    const char *name = NULL;
    struct err err = { 0 };

    if (filename_clean(a, p, n, "name", &name, &err)) {
        assert_string_equal(err.field, "name");
        return NULL;
    }
    assert_true(utf8_valid(name, strlen(name)));
    return name;
}
#define CLEAN(a, lit) clean((a), (lit), sizeof(lit) - 1)

static void names_stay_data(void **state)
{
    (void)state;
    ARENA_AUTO a = arena_new(1 << 20);
    assert_string_equal(CLEAN(a, "1abc.pdb"), "1abc.pdb");
    assert_string_equal(CLEAN(a, "../../etc/passwd"), "../../etc/passwd");
    assert_string_equal(CLEAN(a, "<script>alert(1)</script>.pdb"), "<script>alert(1)</script>.pdb");
    assert_string_equal(CLEAN(a, "Übung µ \xE6\xB0\xB4.gro"), "Übung µ \xE6\xB0\xB4.gro");
    assert_string_equal(CLEAN(a, "50%.pdb"), "50%.pdb");
    assert_string_equal(CLEAN(a, "\xF0\x9F\xA7\xAA.xyz"), "\xF0\x9F\xA7\xAA.xyz");
}

static void what_cannot_be_shown_is_coded(void **state)
{
    (void)state;
    ARENA_AUTO a = arena_new(1 << 20);
    assert_string_equal(CLEAN(a, "a\nb\r\t\x7F.pdb"), "a%0Ab%0D%09%7F.pdb");
    assert_string_equal(CLEAN(a, "a\0b"), "a%00b");
    assert_string_equal(CLEAN(a, "caf\xE9.pdb"), "caf%E9.pdb");
    assert_string_equal(CLEAN(a, "\xFF\xFE"), "%FF%FE");
    assert_string_equal(CLEAN(a, "cut\xE6\xB0"), "cut%E6%B0");
    assert_string_equal(CLEAN(a, "\xC0\xAF\xED\xA0\x80"), "%C0%AF%ED%A0%80"); /* overlong, surrogate */
    assert_string_equal(CLEAN(a, "x\xE2\x80\xAE"
                                 "bdp.exe"),
                        "x%E2%80%AEbdp.exe");                  /* right-to-left override */
    assert_string_equal(CLEAN(a, "\xC2\x9B[2J"), "%C2%9B[2J"); /* C1: a terminal's escape */
    assert_string_equal(CLEAN(a, "\xEF\xBB\xBFx"), "%EF%BB%BFx");
}

static void names_have_bounds(void **state)
{
    (void)state;
    ARENA_AUTO a = arena_new(1 << 20);
    char longest[FILENAME_MAX_BYTES + 1];
    (void)memset(longest, 'x', sizeof(longest));
    assert_null(CLEAN(a, ""));
    assert_non_null(clean(a, longest, FILENAME_MAX_BYTES));
    assert_null(clean(a, longest, FILENAME_MAX_BYTES + 1));
    (void)memset(longest, '\n', sizeof(longest));
    assert_null(clean(a, longest, FILENAME_MAX_BYTES / 3 + 1)); /* longer once coded */
}

/* "key value" with the value coded. */
static const char *pair(struct arena *a, const char *key, const char *value, size_t n)
{
    char b64[8192];

    b64[0] = '\0';
    if (n)
        assert_true(b64_encode(value, n, b64, sizeof(b64), false) > 0);
    return arena_printf(a, "%s %s", key, b64);
}

static void metadata_is_read(void **state)
{
    (void)state;
    ARENA_AUTO a = arena_new(1 << 20);
    struct tus_metadata m;
    struct err err = { 0 };
    const char *h = arena_printf(a, "%s,%s, filetype dGV4dA==,relativePath", pair(a, "filename", "caf\xE9", 4),
                                 pair(a, "project", PROJECT, strlen(PROJECT)));
    assert_int_equal(tus_metadata_parse(a, h, &m, &err), ST_OK);
    assert_string_equal(m.filename, "caf%E9");
    assert_string_equal(m.project, PROJECT);
    assert_false(m.has_sha256);

    h = tus_metadata_format(a, m.filename, m.folder, m.project);
    assert_int_equal(tus_metadata_parse(a, h, &m, &err), ST_OK);
    assert_string_equal(m.filename, "caf%E9");
}

static void bad_metadata_names_its_field(void **state)
{
    (void)state;
    ARENA_AUTO a = arena_new(1 << 20);
    const char *project = pair(a, "project", PROJECT, strlen(PROJECT));
    const char *name = pair(a, "filename", "x", 1);
    char big[6000];
    (void)memset(big, 'A', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    const struct {
        const char *header, *field;
    } cases[] = {
        { NULL, "Upload-Metadata.filename" },
        { "", "Upload-Metadata.filename" },
        { project, "Upload-Metadata.filename" },
        { name, "Upload-Metadata.project" },
        { arena_printf(a, "%s,filename ", project), "Upload-Metadata.filename" },
        { arena_printf(a, "%s,%s,%s", project, name, name), "Upload-Metadata" },
        { arena_printf(a, "%s,filename *not base64*", project), "Upload-Metadata" },
        { arena_printf(a, "%s,filename eA", project), "Upload-Metadata" }, /* padding is needed */
        { arena_printf(a, "%s,filename %s", project, big), "Upload-Metadata" },
        { arena_printf(a, "%s,%s", name, pair(a, "project", "prj_1", 5)), "Upload-Metadata.project" },
        { arena_printf(a, "%s,%s", name, pair(a, "project", "../../x", 7)), "Upload-Metadata.project" },
        { arena_printf(a, "%s,%s", name, pair(a, "project", PROJECT "\0x", strlen(PROJECT) + 2)),
          "Upload-Metadata.project" },
        { arena_printf(a, "%s,%s,%s", name, project, pair(a, "sha256", "abc", 3)), "Upload-Metadata.sha256" },
        { ",,,", "Upload-Metadata" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct tus_metadata m;
        struct err err = { 0 };
        assert_int_equal(tus_metadata_parse(a, cases[i].header, &m, &err), ST_INVALID);
        assert_string_equal(err.field, cases[i].field);
    }
}

static void checksums_are_strict(void **state)
{
    (void)state;
    struct tus_checksum sum;
    struct err err = { 0 };
    assert_int_equal(tus_checksum_parse(NULL, &sum, &err), ST_OK);
    assert_int_equal(sum.algorithm, TUS_NONE);
    assert_int_equal(tus_checksum_parse("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", &sum, &err), ST_OK);
    assert_int_equal(sum.len, 20);
    assert_int_equal(tus_checksum_parse("sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", &sum, &err), ST_INVALID);
    assert_int_equal(tus_checksum_parse("md5 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", &sum, &err), ST_INVALID);
    assert_string_equal(err.code, "checksum_algorithm");
    assert_int_equal(tus_checksum_parse("sha256", &sum, &err), ST_INVALID);
    assert_int_equal(tus_checksum_parse("sha1 ", &sum, &err), ST_INVALID);
    assert_int_equal(tus_checksum_parse("", &sum, &err), ST_INVALID);
}

static void numbers_and_dates(void **state)
{
    (void)state;
    ARENA_AUTO a = arena_new(1 << 20);
    struct err err = { 0 };
    int64_t v = 0;
    assert_int_equal(tus_number("0", "Upload-Offset", 10, &v, &err), ST_OK);
    assert_int_equal(tus_number("10", "Upload-Length", 10, &v, &err), ST_OK);
    assert_int_equal(v, 10);
    assert_int_equal(tus_number("11", "Upload-Length", 10, &v, &err), ST_TOOBIG);
    static const char *const wrong[] = { "-1", "+1", "1e3", " 1", "", "0x10", "99999999999999999999" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_int_equal(tus_number(wrong[i], "Upload-Length", 10, &v, &err), ST_INVALID);
        assert_string_equal(err.field, "Upload-Length");
    }
    assert_int_equal(tus_number(NULL, "Upload-Length", 10, &v, &err), ST_INVALID);
    assert_string_equal(tus_date(a, 1763666059), "Thu, 20 Nov 2025 19:14:19 GMT");
    assert_string_equal(tus_date(a, 0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stay_data),
        cmocka_unit_test(what_cannot_be_shown_is_coded),
        cmocka_unit_test(names_have_bounds),
        cmocka_unit_test(metadata_is_read),
        cmocka_unit_test(bad_metadata_names_its_field),
        cmocka_unit_test(checksums_are_strict),
        cmocka_unit_test(numbers_and_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
