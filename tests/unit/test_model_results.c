/* What jobs leave behind: results, manifest, progress lines, logs of failure. All of it is foreign. */
#include "../../portal/model/failure.h"
#include "../../portal/model/json_in.h"
#include "../../portal/model/manifest.h"
#include "../../portal/model/progress.h"
#include "../../portal/model/relpath.h"
#include "../../portal/model/results.h"

#include "../../portal/core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char g_results[] =
    "{'version':1,'template':'protein-md','title':'T','summary':[{'name':'temperature','label':'Temperature','value':"
    "300.1,"
    "'error':0.4,'unit':'K','digits':1,'note':''}],"
    "'series':[{'name':'potential','label':'P','x':{'label':'Time','unit':'ps'},'y':{'label':'E'},'stage':'production',"
    "'file':'series/p.f64','points':11}],"
    "'tables':[{'name':'freq','label':'F','columns':[{'name':'mode','label':'Mode','type':'int'},"
    "{'name':'cm','label':'cm','unit':'1/cm','type':'float'},{'name':'sym','label':'S','type':'text'}],"
    "'rows':[[1,12.3,'A1'],[2,13,null]]}],"
    "'structures':[{'name':'final','label':'F','file':'final.pdb','format':'pdb','atoms':304}],"
    "'trajectories':[{'name':'preview','label':'P','natoms':304,'nframes':51,'dt_ps':1.0,'t0_ps':0,'file':'preview.f32'"
    ","
    "'subsets':[{'name':'protein','label':'P','topology':'preview.pdb','indices':null}],'raw':'work/md.xtc'}],"
    "'files':[{'path':'results/final.pdb','label':'F','bytes':10,'kind':'structure'}],"
    "'provenance':{'engine':'GROMACS','modules':['gromacs/2022.5'],'host':'n1','commands':['gmx mdrun'],'seed':5,"
    "'inputs':{'structure.pdb':'" HASH "'}},"
    "'methods':'text','citations':[{'key':'a','text':'A','doi':'10.1/1'}],'warnings':['w']}";

static struct err g_err;

/* Text with one piece replaced and single quotes doubled; free it. */
static char *variant(const char *base, const char *from, const char *to)
{
    const char *at = from ? strstr(base, from) : NULL;
    char *s = NULL;

    assert_true(!from || at);
    if (asprintf(&s, "%.*s%s%s", at ? (int)(at - base) : 0, base, at ? to : "", at ? at + strlen(from) : base) < 0)
        abort();
    for (char *p = s; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    return s;
}

static enum status validate(const char *from, const char *to, json_t **ret_doc)
{
    char *s = variant(g_results, from, to);

    err_clear(&g_err);
    enum status st = results_validate(s, strlen(s), 1 << 20, ret_doc, &g_err);
    free(s);
    assert_true((st == ST_OK) == (*ret_doc != NULL));
    return st;
}

static void results_accepted(void **state)
{
    json_auto_t *doc = NULL, *again = NULL, *least = NULL;

    (void)state;
    if (validate(NULL, NULL, &doc) != ST_OK)
        fail_msg("%s %s", g_err.field, g_err.text);
    assert_int_equal(json_array_size(json_object_get(doc, "warnings")), 1);
    char *text = json_dumps(doc, 0);
    assert_int_equal(results_validate(text, strlen(text), 1 << 20, &again, &g_err), ST_OK);
    assert_true(json_equal(doc, again)); /* regular form is stable */
    free(text);
    const char *small = "{\"version\":1,\"template\":\"x\",\"files\":[{\"path\":\"a\"}],"
                        "\"summary\":[{\"name\":\"n\",\"label\":\"l\",\"value\":null}]}";
    assert_int_equal(results_validate(small, strlen(small), 1000, &least, &g_err), ST_OK);
    static const char *const lists[] = { "summary", "series",    "tables",   "structures", "trajectories",
                                         "files",   "citations", "warnings", NULL };
    for (size_t i = 0; lists[i]; i++)
        assert_true(json_is_array(json_object_get(least, lists[i])));
    assert_true(json_is_object(json_object_get(least, "provenance")));
    json_decref(again); /* what was left out and filled in is accepted as well */
    text = json_dumps(least, 0);
    assert_int_equal(results_validate(text, strlen(text), 1 << 20, &again, &g_err), ST_OK);
    assert_true(json_equal(least, again));
    free(text);
}

static void results_drop_unknown_keys(void **state)
{
    json_auto_t *doc = NULL;

    (void)state;
    assert_int_equal(validate("'digits':1", "'digits':1,'colour':'red','x':1", &doc), ST_OK);
    const json_t *row = json_array_get(json_object_get(doc, "summary"), 0);
    assert_null(json_object_get(row, "colour"));
    const json_t *warnings = json_object_get(doc, "warnings");
    assert_string_equal(json_string_value(json_array_get(warnings, 1)), "2 unknown keys of results.json were left out");
}

static void results_refused(void **state)
{
    static const struct {
        const char *from, *to, *field;
    } rows[] = {
        { "'version':1", "'version':2", "/version" },
        { "'template':'protein-md',", "", "/template" },
        { "'value':300.1", "'value':[1]", "/summary/0/value" },
        { "'name':'temperature'", "'name':'../x'", "/summary/0/name" },
        { "'digits':1", "'digits':99", "/summary/0/digits" },
        { "'file':'series/p.f64'", "'file':'../p.f64'", "/series/0/file" },
        { "'file':'series/p.f64'", "'file':'/etc/passwd'", "/series/0/file" },
        { "'points':11", "'points':-1", "/series/0/points" },
        { "'x':{'label':'Time','unit':'ps'}", "'x':'Time'", "/series/0/x" },
        { "'type':'int'", "'type':'date'", "/tables/0/columns/0/type" },
        { "'name':'cm'", "'name':'mode'", "/tables/0/columns/1/name" },
        { "[1,12.3,'A1']", "[1.5,12.3,'A1']", "/tables/0/rows/0/0" },
        { "[2,13,null]", "[2,13]", "/tables/0/rows/1" },
        { "[2,13,null]", "[2,'13',null]", "/tables/0/rows/1/1" },
        { "'format':'pdb'", "'format':'P;'", "/structures/0/format" },
        { "'natoms':304", "'natoms':0", "/trajectories/0/natoms" },
        { "'topology':'preview.pdb'", "'topology':'a/../../b'", "/trajectories/0/subsets/0/topology" },
        { "'indices':null", "'indices':'..'", "/trajectories/0/subsets/0/indices" },
        { "'raw':'work/md.xtc'", "'raw':'/work/md.xtc'", "/trajectories/0/raw" },
        { "'path':'results/final.pdb'", "'path':'..'", "/files/0/path" },
        { "'kind':'structure'", "'kind':'virus'", "/files/0/kind" },
        { "'commands':['gmx mdrun']", "'commands':[1]", "/provenance/commands/0" },
        { "'seed':5", "'seed':'5'", "/provenance/seed" },
        { HASH, "abc", "/provenance/inputs/structure.pdb" },
        { "'doi':'10.1/1'", "'doi':5", "/citations/0/doi" },
        { "'warnings':['w']", "'warnings':[{}]", "/warnings/0" },
        { "'warnings':['w']", "'warnings':'w'", "/warnings" },
        { "'summary':[", "'summary':[{'name':'temperature','label':'x','value':1},", "/summary/1/name" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_auto_t *doc = NULL;
        enum status st = validate(rows[i].from, rows[i].to, &doc);
        if (st != ST_INVALID || !str_eq(g_err.field, rows[i].field))
            fail_msg("%s: %d %s (%s)", rows[i].to, (int)st, g_err.field, g_err.text);
    }
}

static void results_bounded(void **state)
{
    BUF_AUTO b;
    json_t *doc = NULL;

    (void)state;
    assert_int_equal(results_validate("{}", 2, 1, &doc, &g_err), ST_TOOBIG);
    buf_init(&b, 1 << 20);
    buf_adds(&b, "{\"version\":1,\"template\":\"x\",\"summary\":[");
    for (int i = 0; i < 201; i++)
        buf_printf(&b, "%s{\"name\":\"n%d\",\"label\":\"l\",\"value\":1}", i ? "," : "", i);
    buf_adds(&b, "]}");
    assert_int_equal(results_validate(b.p, b.len, 1 << 20, &doc, &g_err), ST_INVALID);
    assert_string_equal(g_err.field, "/summary");
    assert_string_equal(g_err.code, "too_long");
}

static void paths(void **state)
{
    static const char *const good[] = { "a", "a/b.c", ".hidden", "a b", "\xC3\xA4/x", "..." };
    static const char *const bad[] = { "",      "/a",   "a/",   "a//b", ".",    "..",
                                       "a/./b", "a/..", "a\\b", "a\nb", "\xFF", "a\x7F" };
    char longest[600];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(relpath_ok(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(relpath_ok(bad[i]));
    assert_false(relpath_ok(NULL));
    memset(longest, 'a', sizeof longest);
    longest[256] = '\0';
    assert_false(relpath_ok(longest));
    longest[255] = '\0';
    assert_true(relpath_ok(longest));
}

static const char g_manifest[] =
    "{'version':1,'key':'ath-local-x-a01','attempt':1,'job_id':'7','host':'n1','started_at':'2026-11-20T19:00:00.000Z',"
    "'ended_at':'2026-11-20T19:00:10.500Z','elapsed_s':10.5,'user_cpu_s':9,'system_cpu_s':0.5,'max_rss_kb':1000,"
    "'exit_code':0,'signal':0,'stop_signal':0,'outcome':'complete','outcome_data':{'outcome':'complete'},"
    "'results_sha256':'" HASH "','results_bytes':100,'timed_out':false}";

static enum status manifest(struct arena *a, const char *from, const char *to, struct manifest *ret_m)
{
    char *s = variant(g_manifest, from, to);

    err_clear(&g_err);
    enum status st = manifest_read(a, s, strlen(s), ret_m, &g_err);
    free(s);
    return st;
}

static void manifests(void **state)
{
    static const struct {
        const char *from, *to, *field;
    } bad[] = {
        { "'version':1", "'version':2", "/version" },
        { "'key':'ath-local-x-a01',", "", "/key" },
        { "'outcome':'complete','outcome_data'", "'outcome':'great','outcome_data'", "/outcome" },
        { "'ended_at':'2026-11-20T19:00:10.500Z'", "'ended_at':'now'", "/ended_at" },
        { HASH, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeG", "/results_sha256" },
        { "'elapsed_s':10.5", "'elapsed_s':-1", "/elapsed_s" },
        { "'exit_code':0", "'exit_code':'0'", "/exit_code" },
        { "'timed_out':false", "'timed_out':false,'extra':1", "/extra" },
    };
    static const struct {
        const char *from, *to, *code;
    } unproven[] = {
        { "'attempt':1", "'attempt':2", "other_attempt" },
        { "'key':'ath-local-x-a01'", "'key':'ath-local-y-a01'", "other_attempt" },
        { "'exit_code':0", "'exit_code':1", "bad_exit" },
        { "'signal':0,'stop", "'signal':9,'stop", "bad_exit" },
        { "'outcome':'complete','outcome_data'", "'outcome':'none','outcome_data'", "no_outcome" },
        { "'outcome':'complete','outcome_data'", "'outcome':'continue','outcome_data'", "not_complete" },
        { "'results_sha256':'" HASH "'", "'results_sha256':null", "no_results" },
    };
    struct arena *a = arena_new(16 << 20);
    struct manifest m;

    (void)state;
    if (manifest(a, NULL, NULL, &m) != ST_OK)
        fail_msg("%s %s", g_err.field, g_err.text);
    assert_int_equal(m.ended_us - m.started_us, 10500000);
    assert_int_equal(m.outcome, OUTCOME_COMPLETE);
    assert_int_equal(manifest_proves(&m, "ath-local-x-a01", 1, &g_err), ST_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(manifest(a, bad[i].from, bad[i].to, &m), ST_INVALID);
        assert_string_equal(g_err.field, bad[i].field);
    }
    for (size_t i = 0; i < sizeof unproven / sizeof *unproven; i++) {
        assert_int_equal(manifest(a, unproven[i].from, unproven[i].to, &m), ST_OK);
        assert_int_equal(manifest_proves(&m, "ath-local-x-a01", 1, &g_err), ST_CONFLICT);
        assert_string_equal(g_err.code, unproven[i].code);
    }
    arena_free(a);
}

static void manifest_failures(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct manifest m;
    struct manifest_failure f;

    (void)state;
    assert_int_equal(manifest(a, "'outcome_data':{'outcome':'complete'}",
                              "'outcome_data':{'outcome':'failed','cause':'lincs','text':'It\\u0007 broke','hint':5,"
                              "'log':'../../etc/passwd','lines':['a',1,'b']}",
                              &m),
                     ST_OK);
    assert_true(manifest_failure(a, &m, &f));
    assert_string_equal(f.cause, "lincs");
    assert_string_equal(f.text, "It\xEF\xBF\xBD broke");
    assert_string_equal(f.hint, "");
    assert_string_equal(f.log, ""); /* leads out of the folder */
    assert_int_equal(f.n_lines, 2);
    assert_int_equal(manifest(a, "{'outcome':'complete'}", "null", &m), ST_OK);
    assert_false(manifest_failure(a, &m, &f));
    arena_free(a);
}

static void progress_lines(void **state)
{
    const char *line =
        "{\"t\":1700000000.5,\"stage\":\"npt\",\"stages\":[\"a\",\"b c\",5,\"npt\"],\"step\":100,\"steps\":1000.0,"
        "\"fraction\":0.25,\"ns_per_day\":12.5,\"eta_s\":-4,\"junk\":{},"
        "\"values\":{\"potential_kj_mol\":-5.5,\"bad name\":1,\"text\":\"x\"}}";
    struct progress p;
    BUF_AUTO b;
    struct jsonw w;

    (void)state;
    assert_int_equal(progress_read(line, strlen(line), &p, &g_err), ST_OK);
    assert_true(p.has_t && p.has_step && p.steps == 1000 && p.fraction == 0.25 && !p.has_eta);
    assert_int_equal(p.n_stages, 2);
    assert_int_equal(p.n_values, 1);
    buf_init(&b, 8192);
    jsonw_init(&w, &b);
    progress_write(&w, &p);
    assert_string_equal(b.p,
                        "{\"t\":1700000000.5,\"stage\":\"npt\",\"stages\":[\"a\",\"npt\"],\"step\":100,\"steps\":1000,"
                        "\"fraction\":0.25,\"ns_per_day\":12.5,\"values\":{\"potential_kj_mol\":-5.5}}");
    assert_int_equal(progress_read("[1]", 3, &p, &g_err), ST_INVALID);
    assert_int_equal(progress_read("{\"t\":1", 6, &p, &g_err), ST_INVALID);
    assert_int_equal(progress_read("{}", 2, &p, &g_err), ST_OK);
    assert_false(p.has_t || p.n_values);
    char big[5000];
    memset(big, ' ', sizeof big);
    memcpy(big, "{}", 2);
    assert_int_equal(progress_read(big, sizeof big, &p, &g_err), ST_TOOBIG);
}

static void failures_from_logs(void **state)
{
    static const struct tpl_failure rules[] = {
        { .code = "lincs", .match = "LINCS WARNING", .text = "Unstable.", .hint = "Smaller step." },
        { .code = "space", .match = "No space left", .text = "Full.", .hint = "" },
    };
    const struct template t = { .failures = rules, .n_failures = 2 };
    const char *log = "one\ntwo\n\nthree\nfour\n  LINCS WARNING \x01 here\nafter\nNo space left\n";
    const char *plain = "start\nError: bad thing\nmiddle\nfatal: worse\nend\n";
    struct arena *a = arena_new(1 << 20);
    struct failure f;

    (void)state;
    assert_true(failure_from_log(a, &t, "work/md.log", log, strlen(log), &f));
    assert_string_equal(f.cause, "lincs"); /* the first rule, not the last line */
    assert_string_equal(f.log, "work/md.log");
    assert_string_equal(f.lines[0], "three");
    assert_string_equal(f.lines[2], "  LINCS WARNING \xEF\xBF\xBD here");
    assert_string_equal(f.lines[f.n_lines - 1], "No space left");
    assert_false(failure_from_log(a, NULL, "x", plain, strlen(plain), &f));
    assert_int_equal(f.n_lines, 2);
    assert_string_equal(f.lines[0], "Error: bad thing");
    assert_string_equal(f.cause, "");
    assert_false(failure_from_log(a, &t, "x", "a\nb", 3, &f));
    assert_int_equal(f.n_lines, 2);
    assert_false(failure_from_log(a, &t, "x", "", 0, &f));
    assert_int_equal(f.n_lines, 0);
    char *big = malloc(1 << 20);
    memset(big, 'e', 1 << 20);
    assert_false(failure_from_log(a, &t, "x", big, 1 << 20, &f)); /* one line of a megabyte, cut */
    assert_int_equal(strlen(f.lines[0]), FAILURE_LINE_BYTES);
    free(big);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_accepted),
        cmocka_unit_test(results_drop_unknown_keys),
        cmocka_unit_test(results_refused),
        cmocka_unit_test(results_bounded),
        cmocka_unit_test(paths),
        cmocka_unit_test(manifests),
        cmocka_unit_test(progress_lines),
        cmocka_unit_test(manifest_failures),
        cmocka_unit_test(failures_from_logs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
