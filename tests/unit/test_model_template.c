/* A small template through its whole life: loading and every way it may be wrong, resolving what people ask, the
 * jobspec written and read again. The real templates are tested in test_template_files.c. */
#include "../../portal/model/jobspec.h"
#include "../../portal/model/json_in.h"
#include "../../portal/model/param.h"
#include "../../portal/model/template.h"

#include "../../portal/core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char g_text[] =
    "{'schema':1,'id':'demo','version':'1.0.0','title':'Demo','question':'Why?','summary':'S.','category':'C',"
    "'success':'It ends.','engines':[{'module':'gromacs','min_version':'2021'}],"
    "'structures':{'required':true,'formats':['pdb','gro'],'rules':["
    "{'if':'atoms < 1','level':'error','code':'empty','text':'No atoms.','hint':'Upload more.'},"
    "{'if':'ligands > 0','level':'warning','code':'ligands','text':'Ligands.'}]},"
    "'params':["
    "{'name':'length_ps','label':'Length','type':'number','unit':'ps','min':1,'max':1000,'default':100,'level':'basic'}"
    ","
    "{'name':'steps_k','label':'Thousand steps','type':'integer','min':0,'default':50,'level':'basic'},"
    "{'name':'water','label':'Water','type':'enum','default':'tip3p','values':[{'value':'tip3p','label':'TIP3P'},"
    "{'value':'spce','label':'SPC/E'}],'level':'basic','group':'System'},"
    "{'name':'gpu','label':'Use GPUs','type':'boolean','default':false,'level':'basic'},"
    "{'name':'gpu_count','label':'GPUs','type':'integer','min':1,'max':8,'default':1,'level':'advanced','if':'gpu'}],"
    "'presets':[{'name':'quick','label':'Quick','values':{'length_ps':10,'water':'spce'}}],"
    "'rules':[{'if':'length_ps > 500 && water == \\'spce\\'','field':'length_ps','code':'too_long_spce','text':'Too "
    "long.',"
    "'hint':'Shorten it.'}],"
    "'derived':[{'name':'steps','expr':'steps_k * 1000'},{'name':'dt_ps','expr':'length_ps / steps'}],"
    "'resources':{'cpus':'min(4, site_cpus)','gpus':'gpu ? gpu_count : 0','walltime_s':'60 + "
    "length_ps','disk_b':'steps * 2.5'},"
    "'estimate':{'wall_s':'length_ps * 2','atoms':'atoms * 10','note':'Rough.'},"
    "'inputs':[{'template':'inputs/md.mdp.tpl','output':'md.mdp','label':'MD'}],"
    "'stages':[{'name':'prepare','label':'Prepare','weight':1},{'name':'run','label':'Run','weight':9}],"
    "'failures':[{'code':'lincs','match':'LINCS WARNING','text':'Unstable.','hint':'Smaller "
    "step.','suggest':{'length_ps':'length_ps / 2'}}],"
    "'checkpoint':{'continues':true,'margin_s':120},'results':{'series':[{'name':'t','label':'T'}]},"
    "'citations':[{'key':'a2015','text':'A.','doi':'10.1/1'}],"
    "'sample':{'structure':'sample/x.pdb','request':'sample/request.json','expected':'sample/expected.json'}}";

static struct arena *g_a;
static struct err g_err;

/* The demo with one piece of text replaced; single quotes stand for double ones. */
static char *demo(const char *from, const char *to)
{
    const char *at = from ? strstr(g_text, from) : g_text;

    assert_non_null(at);
    char *s = arena_printf(g_a, "%.*s%s%s", (int)(at - g_text), g_text, from ? to : "", at + (from ? strlen(from) : 0));
    for (char *p = s; *p; p++) {
        if (p[0] == '\\' && p[1] == '\'')
            p[1] = '"';
        else if (*p == '\'')
            *p = '"';
    }
    return s;
}

static enum status load(const char *text, const struct template **ret_t)
{
    err_clear(&g_err);
    return template_load(g_a, text, strlen(text), ret_t, &g_err);
}

static const struct template *demo_loaded(void)
{
    const struct template *t = NULL;

    if (load(demo(NULL, NULL), &t) != ST_OK)
        fail_msg("%s: %s", g_err.field, g_err.text);
    return t;
}

static void loads(void **state)
{
    const struct template *t = demo_loaded();

    (void)state;
    assert_string_equal(t->id, "demo");
    assert_int_equal(t->n_params, 5);
    assert_string_equal(template_param(t, "water")->choices[1].label, "SPC/E");
    assert_true(template_param(t, "length_ps")->has_max && !template_param(t, "steps_k")->has_max);
    assert_null(template_param(t, "nothing"));
    assert_true(t->structure_rules[1].warning && !t->rules[0].warning);
    assert_true(t->continues && t->margin_s == 120);
    assert_null(t->resources[TR_NODES]);
    assert_string_equal(t->sample_structure, "sample/x.pdb");
}

static void faults_are_placed(void **state)
{
    static const struct {
        const char *from, *to, *field;
    } rows[] = {
        { "'schema':1", "'schema':2", "/schema" },
        { "'id':'demo'", "'id':'../x'", "/id" },
        { "'version':'1.0.0'", "'version':'1.0.x'", "/version" },
        { "'title':'Demo',", "", "/title" },
        { "'category':'C'", "'category':'C','colour':'red'", "/colour" },
        { "'module':'gromacs'", "'module':'a b'", "/engines/0/module" },
        { "['pdb','gro']", "['PDB;']", "/structures/formats/0" },
        { "'atoms < 1'", "'atoms <'", "/structures/rules/0/if" },
        { "'atoms < 1'", "'length_ps < 1'", "/structures/rules/0/if" }, /* facts only */
        { "'level':'error'", "'level':'fatal'", "/structures/rules/0/level" },
        { "'name':'steps_k'", "'name':'length_ps'", "/params/1/name" },
        { "'name':'steps_k'", "'name':'atoms'", "/params/1/name" },
        { "'name':'steps_k'", "'name':'min'", "/params/1/name" },
        { "'name':'steps_k'", "'name':'Steps'", "/params/1/name" },
        { "'default':100", "'default':0.5", "/params/0/default" },
        { "'default':50", "'default':50.5", "/params/1/default" },
        { "'max':1000", "'max':0", "/params/0/max" },
        { "'default':'tip3p'", "'default':'tip9p'", "/params/2/default" },
        { "'value':'spce'", "'value':'tip3p'", "/params/2/values/1/value" },
        { "'value':'spce'", "'value':'a b'", "/params/2/values/1/value" },
        { "'type':'boolean'", "'type':'boolean','unit':'x'", "/params/3/type" },
        { "'type':'boolean'", "'type':'flag'", "/params/3/type" },
        { "'if':'gpu'", "'if':'gpus'", "/params/4/if" },
        { "'length_ps':10", "'length_ps':10000", "/presets/0/values/length_ps" },
        { "'length_ps':10", "'lenght_ps':10", "/presets/0/values/lenght_ps" },
        { "'field':'length_ps'", "'field':'lenght'", "/rules/0/field" },
        { "length_ps > 500", "lenght > 500", "/rules/0/if" },
        { "'field':'length_ps','code'", "'field':'length_ps','lvl':1,'code'", "/rules/0/lvl" },
        { "'expr':'length_ps / steps'", "'expr':'length_ps / dt_ps'", "/derived/1/expr" },
        { "'name':'dt_ps'", "'name':'water'", "/derived/1/name" },
        { "'cpus':'min(4", "'cpu':'min(4", "/resources/cpu" },
        { "'gpus':'gpu ?", "'gpus':'gpux ?", "/resources/gpus" },
        { "'wall_s':'length_ps * 2'", "'wall_s':'x'", "/estimate/wall_s" },
        { "'template':'inputs/md.mdp.tpl'", "'template':'inputs/../x'", "/inputs/0/template" },
        { "'output':'md.mdp'", "'output':'../md.mdp'", "/inputs/0/output" },
        { "'weight':9", "'weight':-1", "/stages/1/weight" },
        { "'match':'LINCS WARNING'", "'match':''", "/failures/0/match" },
        { "'suggest':{'length_ps'", "'suggest':{'lenght_ps'", "/failures/0/suggest" },
        { "'length_ps / 2'", "'length_ps / atoms'", "/failures/0/suggest" },
        { "'margin_s':120", "'margin_s':-1", "/checkpoint/margin_s" },
        { "'request':'sample/request.json'", "'request':'/etc/passwd'", "/sample/request" },
        { "'series':[{'name':'t'", "'seris':[{'name':'t'", "/results/seris" },
        { "'key':'a2015'", "'key':'a2015','key':'b'", "/citations/0/key" },
    };
    const struct template *t = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum status st = load(demo(rows[i].from, rows[i].to), &t);
        if (st != ST_INVALID || !str_eq(g_err.field, rows[i].field))
            fail_msg("%s -> %s: %d %s (%s)", rows[i].from, rows[i].to, (int)st, g_err.field, g_err.text);
    }
    assert_null(t);
}

static json_t *json_of(const char *text)
{
    char *copy = arena_strdup(g_a, text);
    json_t *doc = NULL;

    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    assert_int_equal(json_read(copy, strlen(copy), 1 << 20, &doc, NULL), ST_OK);
    return json_keep(doc, g_a);
}

static const struct param_set *resolve(const char *params, const char *preset, const char *facts, double cpus)
{
    struct fact_site site = { .cpus = cpus, .gpus = 0 };
    struct param_ask ask = { .preset = preset,
                             .params = params ? json_of(params) : NULL,
                             .facts = facts ? json_of(facts) : NULL,
                             .format = facts ? "pdb" : NULL,
                             .site = &site };
    const struct param_set *set = NULL;

    assert_int_equal(param_resolve(g_a, demo_loaded(), &ask, &set, NULL), ST_OK);
    return set;
}

static const struct param_problem *problem(const struct param_set *s, const char *code)
{
    for (size_t i = 0; i < s->n_problems; i++)
        if (str_eq(s->problems[i].code, code))
            return &s->problems[i];
    return NULL;
}

static void resolves(void **state)
{
    const struct param_set *s = resolve("{'length_ps':20}", "quick", "{'atoms':5}", 2);

    (void)state;
    assert_int_equal(s->n_problems, 0);
    assert_true(s->values[0].num == 20);            /* the person over the preset */
    assert_string_equal(s->values[2].word, "spce"); /* the preset over the default */
    assert_true(s->values[1].num == 50);
    assert_true(s->derived[0] == 50000 && s->derived[1] == 20.0 / 50000);
    assert_int_equal(s->res.cpus, 2);
    assert_int_equal(s->res.nodes, 1);
    assert_int_equal(s->res.gpus, 0);
    assert_int_equal(s->res.walltime_s, 80);
    assert_int_equal(s->res.disk_b, 125000);
    assert_true(s->has_wall && s->wall_s == 40 && s->atoms == 50);
    assert_false(s->visible[4]);
    assert_int_equal(param_first_error(s, NULL), ST_OK);
}

static void lists_every_problem(void **state)
{
    const struct param_set *s =
        resolve("{'length_ps':5000,'water':'ice','gpu':1,'nothing':1,'steps_k':1.5}", "slow", NULL, 2);
    static const char *const fields[] = { "preset", "length_ps", "water", "gpu", "nothing", "steps_k", "structure" };
    BUF_AUTO b;
    struct jsonw w;

    (void)state;
    assert_int_equal(s->n_errors, 7);
    for (size_t i = 0; i < 7; i++) {
        bool found = false;
        for (size_t k = 0; k < s->n_problems; k++)
            found = found || str_eq(s->problems[k].field, fields[i]);
        if (!found)
            fail_msg("no problem at %s", fields[i]);
    }
    assert_non_null(strstr(problem(s, "out_of_range")->text, "between 1 and 1000 ps"));
    assert_int_equal(param_first_error(s, &g_err), ST_INVALID);
    assert_string_equal(g_err.field, "preset");
    buf_init(&b, 1 << 16);
    jsonw_init(&w, &b);
    param_problems_write(&w, s, false);
    json_auto_t *doc = json_loads(b.p, 0, NULL);
    assert_int_equal(json_array_size(doc), 7);
}

static void rules_and_warnings(void **state)
{
    const struct param_set *s =
        resolve("{'length_ps':600}", "quick", "{'atoms':5,'ligands':[{'count':2},{'count':1}]}", 2);

    (void)state;
    assert_int_equal(s->n_errors, 1);
    assert_string_equal(problem(s, "too_long_spce")->hint, "Shorten it.");
    assert_true(problem(s, "ligands")->warning);
    s = resolve("{'gpu_count':4}", NULL, "{'atoms':0}", 2);
    assert_true(problem(s, "no_effect")->warning);
    assert_true(s->values[4].num == 1); /* hidden: the default */
    assert_non_null(problem(s, "empty"));
    s = resolve("{'gpu':true,'gpu_count':4}", NULL, "{'atoms':1}", 2);
    assert_int_equal(s->n_problems, 0);
    assert_int_equal(s->res.gpus, 4);
    s = resolve("[]", NULL, "{'atoms':1}", 2);
    assert_string_equal(s->problems[0].field, "params");
}

static void what_cannot_be_computed_is_told(void **state)
{
    const struct param_set *s = resolve("{'steps_k':0}", NULL, "{'atoms':1}", 2); /* dt_ps divides by it */

    (void)state;
    assert_int_equal(s->n_errors, 1);
    assert_string_equal(s->problems[0].code, "cannot_compute");
    assert_non_null(strstr(s->problems[0].text, "dt_ps"));
    assert_false(s->derived_ok[1]);
    s = resolve("{'steps_k':9e15}", NULL, "{'atoms':1}", 2);
    assert_non_null(problem(s, "out_of_range")); /* disk */
    assert_string_equal(problem(s, "out_of_range")->field, "resources");
}

static void arena_may_fill(void **state)
{
    const struct template *t = demo_loaded();
    const struct param_set *s;

    (void)state;
    for (size_t limit = 0; limit < 30000; limit += 997) {
        struct arena *small = arena_new(limit);
        struct param_ask ask = { .preset = "none", .params = json_of("{'x':1,'water':7}") };
        enum status st = param_resolve(small, t, &ask, &s, NULL);
        assert_true(st == ST_OK || st == ST_TOOBIG);
        arena_free(small);
    }
}

static int g_env;
static void env_seen(void *ctx, const char *name, const char *value)
{
    static const char *const want[][2] = { { "ATH_P_LENGTH_PS", "20.5" },
                                           { "ATH_P_WATER", "spce" },
                                           { "ATH_P_GPU", "0" },
                                           { "ATH_D_STEPS", "50000" },
                                           { "ATH_P_STEPS_K", "50" } };

    (void)ctx;
    for (size_t i = 0; i < 5; i++) {
        if (str_eq(want[i][0], name)) {
            assert_string_equal(value, want[i][1]);
            g_env++;
        }
    }
}

static void jobspec_round_trip(void **state)
{
    const struct param_set *s = resolve("{'length_ps':20.5}", "quick", "{'atoms':5}", 2);
    static const char *const modules[] = { "gromacs/2022.5" };
    struct jobspec in = { .preset = "quick",
                          .structure_id = "str_1",
                          .sha256 = "0123456789012345678901234567890123456789012345678901234567890123",
                          .format = "pdb",
                          .structure_name = "a \" b\n.pdb",
                          .params = json_of("{'length_ps':20.5}"),
                          .modules = modules,
                          .n_modules = 1 },
                   out;
    BUF_AUTO b;
    struct jsonw w;
    struct expr_value v;

    (void)state;
    buf_init(&b, JOBSPEC_BYTES_MAX);
    jsonw_init(&w, &b);
    jobspec_write(&w, &in, s);
    if (jobspec_read(g_a, b.p, b.len, &out, &g_err) != ST_OK)
        fail_msg("%s %s", g_err.field, g_err.text);
    assert_string_equal(out.template_id, "demo");
    assert_string_equal(out.structure_name, in.structure_name);
    assert_string_equal(out.modules[0], "gromacs/2022.5");
    assert_int_equal(json_object_size(out.params), 1);
    assert_int_equal(json_object_size(out.resolved), 5);
    assert_int_equal(out.res.walltime_s, 81);
    assert_true(jobspec_lookup(&out, "water", &v) && v.type == EXPR_WORD);
    assert_true(jobspec_lookup(&out, "dt_ps", &v) && v.num == 20.5 / 50000);
    assert_false(jobspec_lookup(&out, "nothing", &v));
    g_env = 0;
    jobspec_env(&out, env_seen, NULL);
    assert_int_equal(g_env, 5);
    in.structure_id = NULL;
    in.preset = NULL;
    buf_reset(&b);
    jsonw_init(&w, &b);
    jobspec_write(&w, &in, s);
    assert_int_equal(jobspec_read(g_a, b.p, b.len, &out, NULL), ST_OK);
    assert_null(out.structure_id);
    assert_null(out.preset);
    char *bad = strstr(b.p, "gromacs/2022.5");
    bad[7] = ';';
    assert_int_equal(jobspec_read(g_a, b.p, b.len, &out, &g_err), ST_INVALID);
    assert_string_equal(g_err.field, "/modules");
}

static void facts_by_name(void **state)
{
    const json_t *f = json_of("{'atoms':7,'charge':null,'chains':[{},{}],'box_a':[10,20,30,90,90,90],"
                              "'bounds_a':[[0,-1,2],[3,4,1]]}");
    struct fact_site site = { .cpus = 8, .gpus = 2 };
    double v = -1;

    (void)state;
    assert_true(fact_get(f, &site, "atoms", &v) && v == 7);
    assert_true(fact_get(f, &site, "charge", &v) && v == 0);
    assert_true(fact_get(f, &site, "chains", &v) && v == 2);
    assert_true(fact_get(f, &site, "box_volume_a3", &v) && v > 5999.9 && v < 6000.1);
    assert_true(fact_get(f, &site, "size_y_a", &v) && v == 5);
    assert_true(fact_get(f, &site, "size_z_a", &v) && v == 0); /* upside down: not known */
    assert_true(fact_get(f, &site, "site_gpus", &v) && v == 2);
    assert_true(fact_get(NULL, NULL, "atoms", &v) && v == 0);
    assert_false(fact_get(f, &site, "colour", &v));
}

static int setup(void **state)
{
    (void)state;
    g_a = arena_new(256 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(g_a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads),
        cmocka_unit_test(faults_are_placed),
        cmocka_unit_test(resolves),
        cmocka_unit_test(lists_every_problem),
        cmocka_unit_test(rules_and_warnings),
        cmocka_unit_test(what_cannot_be_computed_is_told),
        cmocka_unit_test(arena_may_fill),
        cmocka_unit_test(jobspec_round_trip),
        cmocka_unit_test(facts_by_name),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
