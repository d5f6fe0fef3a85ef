/* The templates of this repository through the portal's own reader: each loads, each preset and sample resolves without
 * a problem, and each input renders. Run from the top folder, like all unit tests. */
#include "../../portal/core/buf.h"
#include "../../portal/core/file.h"
#include "../../portal/model/json_in.h"
#include "../../portal/model/param.h"
#include "../../portal/model/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <glob.h>
#include <string.h>

struct loaded {
    struct arena *a;
    const char *folder;
    const struct template *t;
};

static const char *text_of(struct arena *a, const char *path, size_t *ret_n)
{
    BUF_AUTO b = { 0 };
    struct err err = { .st = ST_OK };

    if (file_read(path, TEMPLATE_BYTES_MAX, &b, &err) != ST_OK)
        fail_msg("%s: %s", path, err.text);
    *ret_n = b.len;
    return arena_strndup(a, b.p, b.len);
}

static json_t *json_of(struct arena *a, const char *path)
{
    struct err err = { .st = ST_OK };
    json_t *doc;
    size_t n;
    const char *text = text_of(a, path, &n);

    if (json_read(text, n, TEMPLATE_BYTES_MAX, &doc, &err) != ST_OK)
        fail_msg("%s: %s %s", path, err.field, err.text);
    return doc;
}

static struct loaded load(const char *path)
{
    struct loaded l = { .a = arena_new(16 << 20) };
    struct err err = { .st = ST_OK };
    size_t n;

    l.folder = arena_strndup(l.a, path, (size_t)(strrchr(path, '/') - path));
    const char *text = text_of(l.a, path, &n);
    if (template_load(l.a, text, n, &l.t, &err) != ST_OK)
        fail_msg("%s: %s", path, err.text);
    return l;
}

/* The facts of a small peptide serve every template. */
static json_t *peptide(void)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:[[f,f,f],[f,f,f]]}", "atoms", 168, "heavy_atoms", 93, "residues", 10,
                     "protein_residues", 10, "bounds_a", 0.0, 0.0, 0.0, 27.2, 13.3, 10.9);
}

static const struct param_set *resolve(const struct loaded *l, const char *preset, const json_t *params)
{
    const struct fact_site site = { .cpus = 2, .gpus = 0 };
    json_t *facts = peptide();
    struct param_ask ask = { .preset = preset, .params = params, .facts = facts, .format = "pdb", .site = &site };
    const struct param_set *set;

    assert_int_equal(param_resolve(l->a, l->t, &ask, &set, NULL), ST_OK);
    json_decref(facts);
    for (size_t i = 0; i < set->n_problems; i++)
        if (!set->problems[i].warning)
            fail_msg("%s %s: %s: %s", l->t->id, preset ? preset : "", set->problems[i].field, set->problems[i].text);
    return set;
}

static void render_all(const struct loaded *l, const struct param_set *set)
{
    for (size_t i = 0; i < l->t->n_inputs; i++) {
        struct err err = { .st = ST_OK };
        BUF_AUTO out;
        size_t n;
        const char *text = text_of(l->a, arena_printf(l->a, "%s/%s", l->folder, l->t->inputs[i].path), &n);

        buf_init(&out, 1 << 20);
        if (render_text(text, n, param_lookup, (void *)(uintptr_t)set, &out, &err) != ST_OK)
            fail_msg("%s: %s", l->t->inputs[i].path, err.text);
        assert_null(strstr(out.p, "{{"));
        assert_true(out.len > 0);
    }
}

static void check_sample(const struct loaded *l, const char *request)
{
    json_t *doc = json_of(l->a, request);
    const json_t *params = json_object_get(doc, "params");

    assert_string_equal(json_string_value(json_object_get(doc, "template")), l->t->id);
    render_all(l, resolve(l, json_string_value(json_object_get(doc, "preset")), params));
    json_decref(doc);
}

static void check_template(const char *path)
{
    struct loaded l = load(path);

    render_all(&l, resolve(&l, NULL, NULL));
    for (size_t i = 0; i < l.t->n_presets; i++) {
        const struct param_set *set = resolve(&l, l.t->presets[i].name, NULL);
        render_all(&l, set);
        assert_true(set->res.cpus >= 1 && set->res.memory_mb > 0 && set->res.walltime_s > 0 && set->res.disk_b > 0);
        assert_true(set->has_wall && set->wall_s > 0);
    }
    assert_true(l.t->n_presets >= 3 && l.t->n_citations > 0 && l.t->n_failures > 0);
    check_sample(&l, arena_printf(l.a, "%s/%s", l.folder, l.t->sample_request));
    for (size_t i = 0; i < 2; i++) {
        size_t n;
        (void)text_of(l.a, arena_printf(l.a, "%s/%s", l.folder, i ? l.t->sample_expected : l.t->sample_structure), &n);
    }
    arena_free(l.a);
}

static void test_all_templates(void **state)
{
    glob_t found;
    (void)state;

    assert_int_equal(glob("templates/*/template.json", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 2);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_template(found.gl_pathv[i]);
    globfree(&found);
}

/* A rule must be able to refuse: broken on purpose, by field and code. */
static void test_protein_rules(void **state)
{
    static const struct {
        const char *params, *field, *code;
    } cases[] = {
        { "{\"timestep_fs\": 4}", "timestep_fs", "timestep_hydrogens" },
        { "{\"force_field\": \"charmm27\"}", "vdw", "charmm_cutoff" },
        { "{\"cutoff_nm\": 1.6, \"box_distance_nm\": 0.7}", "box_distance_nm", "image_too_near" },
        { "{\"production_ns\": 0.001, \"output_interval_ps\": 10}", "output_interval_ps", "no_frames" },
    };
    struct loaded l = load("templates/protein-md/template.json");
    const struct fact_site site = { .cpus = 2, .gpus = 0 };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *facts = peptide(), *params = json_loads(cases[i].params, 0, NULL);
        struct param_ask ask = { .params = params, .facts = facts, .format = "pdb", .site = &site };
        const struct param_set *set;
        bool seen = false;

        assert_int_equal(param_resolve(l.a, l.t, &ask, &set, NULL), ST_OK);
        for (size_t k = 0; k < set->n_problems; k++)
            seen = seen || (!set->problems[k].warning && strcmp(set->problems[k].field, cases[i].field) == 0 &&
                            strcmp(set->problems[k].code, cases[i].code) == 0);
        if (!seen)
            fail_msg("%s was not refused by %s", cases[i].params, cases[i].code);
        json_decref(facts);
        json_decref(params);
    }
    arena_free(l.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_templates),
        cmocka_unit_test(test_protein_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
