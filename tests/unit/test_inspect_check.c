/* The checks on residues, chains and space, each on a structure made to have that fault and on one without it. */
#include "inspect_text.h"
#include "../../workers/helper/inspect/chem.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

static char g_text[65536];
static size_t g_len;

static void begin(void)
{
    g_len = 0;
}
static void put(const char *line)
{
    g_len += (size_t)snprintf(g_text + g_len, sizeof g_text - g_len, "%s", line);
}

/* An alanine along x, as long as a real one: N at x, CA and C behind it, the next N 1.33 A after C. */
#define STEP 3.8
static void put_alanine(char chain, int seq, double x)
{
    put(pdb_atom("ATOM", " N", ' ', "ALA", chain, seq, x, 0, 0, "N"));
    put(pdb_atom("ATOM", " CA", ' ', "ALA", chain, seq, x + 1.2, 0.8, 0, "C"));
    put(pdb_atom("ATOM", " C", ' ', "ALA", chain, seq, x + 2.5, 0, 0, "C"));
    put(pdb_atom("ATOM", " O", ' ', "ALA", chain, seq, x + 2.6, -1.2, 0, "O"));
    put(pdb_atom("ATOM", " CB", ' ', "ALA", chain, seq, x + 1.2, 2.3, 0, "C"));
}

static json_t *report(void)
{
    put("END\n");
    return inspect_good("made.pdb", g_text);
}

static void test_clean(void **state)
{
    (void)state;
    begin();
    for (int i = 1; i <= 5; i++)
        put_alanine('A', i, STEP * i);
    json_t *d = report();
    assert_int_equal(fact(d, "protein_residues"), 5);
    assert_int_equal(fact(d, "missing_atoms"), 0);
    assert_int_equal(fact(d, "gaps"), 0);
    assert_int_equal(fact(d, "clashes"), 0);
    assert_int_equal(fact(d, "has_unknown_residues"), 0);
    const json_t *chain = json_array_get(json_object_get(json_object_get(d, "facts"), "chains"), 0);
    assert_string_equal(json_string_value(json_object_get(chain, "sequence")), "AAAAA");
    assert_string_equal(json_string_value(json_object_get(chain, "kind")), "protein");
    /* Only the remark on hydrogens is left. */
    assert_int_equal(json_array_size(json_object_get(d, "findings")), 1);
    assert_finding(d, "no_hydrogens", "info", NULL);
    json_decref(d);
}

static void test_gap_and_break(void **state)
{
    (void)state;
    begin();
    put_alanine('A', 1, 0);
    put_alanine('A', 2, STEP);
    put_alanine('A', 6, STEP * 5); /* 3 to 5 are missing */
    put_alanine('A', 7, STEP * 9); /* numbered on, but far away */
    put_alanine('B', 1, STEP * 20);
    json_t *d = report();
    assert_finding(d, "missing_residues", "warning", "A:2..6");
    assert_finding(d, "chain_break", "warning", "A:6");
    assert_int_equal(fact(d, "gaps"), 2);
    assert_int_equal(fact(d, "missing_residues"), 3);
    json_decref(d);

    begin(); /* numbers jump, the chain does not */
    put_alanine('A', 1, 0);
    put_alanine('A', 9, STEP);
    d = report();
    assert_int_equal(fact(d, "gaps"), 0);
    assert_null(finding(d, "missing_residues"));
    json_decref(d);

    begin(); /* what the file itself says wins */
    put("REMARK 465   M RES C SSSEQI\nREMARK 465     GLY A    -1\nREMARK 465     SER A     0\n");
    put_alanine('A', 1, 0);
    d = report();
    assert_finding(d, "missing_residues", "warning", "A:-1");
    assert_int_equal(fact(d, "missing_residues"), 2);
    json_decref(d);

    begin();
    put("SEQRES   1 A    4  ALA ALA ALA ALA\n");
    put_alanine('A', 1, 0);
    d = report();
    assert_int_equal(fact(d, "missing_residues"), 3);
    json_decref(d);
}

static void test_missing_atoms(void **state)
{
    (void)state;
    begin();
    put(pdb_atom("ATOM", " CA", ' ', "LYS", 'A', 1, 0, 0, 0, "C"));
    put(pdb_atom("ATOM", " C", ' ', "LYS", 'A', 1, 1.5, 0, 0, "C"));
    put(pdb_atom("ATOM", " O", ' ', "LYS", 'A', 1, 2.0, 1.1, 0, "O"));
    json_t *d = report();
    assert_finding(d, "missing_backbone_atoms", "error", "A:1");
    assert_finding(d, "missing_side_chain_atoms", "warning", "A:1");
    assert_int_equal(fact(d, "missing_backbone"), 1);
    assert_int_equal(fact(d, "missing_atoms"), 6);
    assert_int_equal(fact(d, "charge_ph7"), 1);
    json_decref(d);

    begin();
    for (int i = 1; i <= 6; i++)
        put(pdb_atom("ATOM", " CA", ' ', "ALA", 'A', i, STEP * i, 0, 0, "C"));
    d = report();
    assert_finding(d, "ca_only", "error", NULL);
    assert_int_equal(fact(d, "has_missing_backbone"), 1);
    assert_int_equal(fact(d, "gaps"), 0);
    json_decref(d);
}

static void test_alternatives(void **state)
{
    (void)state;
    begin();
    put_alanine('A', 1, 0);
    put(pdb_atom("ATOM", " N", 'A', "SER", 'A', 2, STEP, 0, 0, "N"));
    put(pdb_atom("ATOM", " N", 'B', "THR", 'A', 2, STEP, 0.2, 0, "N")); /* two residues in one place */
    json_t *d = report();
    assert_finding(d, "altloc", "warning", "A:2");
    assert_int_equal(fact(d, "altlocs"), 1);
    assert_int_equal(fact(d, "residues"), 2);
    assert_int_equal(fact(d, "clashes"), 0);
    json_decref(d);
}

static void test_other_molecules(void **state)
{
    (void)state;
    begin();
    put_alanine('A', 1, 0);
    put(pdb_atom("HETATM", " C1", ' ', "LIG", 'A', 301, 30, 0, 0, "C"));
    put(pdb_atom("HETATM", "CL1", ' ', "LIG", 'A', 301, 31.7, 0, 0, ""));
    put(pdb_atom("HETATM", " C1", ' ', "LIG", 'B', 301, 40, 0, 0, "C"));
    put(pdb_atom("HETATM", "MG", ' ', "MG", 'A', 302, 50, 0, 0, "MG"));
    put(pdb_atom("HETATM", " O", ' ', "HOH", 'W', 1, 60, 0, 0, "O"));
    put(pdb_atom("ATOM", " P", ' ', "DA", 'C', 1, 70, 0, 0, "P"));
    json_t *d = report();
    const json_t *lig = json_array_get(json_object_get(json_object_get(d, "facts"), "ligands"), 0);
    assert_string_equal(json_string_value(json_object_get(lig, "name")), "LIG");
    assert_int_equal(json_integer_value(json_object_get(lig, "count")), 2);
    assert_int_equal(json_integer_value(json_object_get(lig, "atoms")), 2);
    assert_finding(d, "ligands", "warning", "A:301");
    assert_finding(d, "ions", "info", "A:302");
    assert_finding(d, "nucleic_acid", "info", "C:1");
    assert_finding(d, "waters", "info", NULL);
    assert_int_equal(fact(d, "waters"), 1);
    assert_int_equal(fact(d, "ions"), 1);
    assert_int_equal(fact(d, "has_nucleic"), 1);
    assert_int_equal(fact(d, "unknown_residues"), 2);
    assert_string_equal(fact_text(d, "formula"), "C5ClMgNO2P");
    json_decref(d);
}

static void test_modified_residue(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 2; i++) { /* one known by name, one by its backbone */
        const char *res = i ? "QQQ" : "MSE";
        put(pdb_atom("HETATM", " N", ' ', res, 'A', i + 1, STEP * i, 0, 0, "N"));
        put(pdb_atom("HETATM", " CA", ' ', res, 'A', i + 1, STEP * i + 1.2, 0.8, 0, "C"));
        put(pdb_atom("HETATM", " C", ' ', res, 'A', i + 1, STEP * i + 2.5, 0, 0, "C"));
        put(pdb_atom("HETATM", " O", ' ', res, 'A', i + 1, STEP * i + 2.6, -1.2, 0, "O"));
    }
    json_t *d = report();
    assert_finding(d, "modified_residues", "warning", "A:1");
    const json_t *chain = json_array_get(json_object_get(json_object_get(d, "facts"), "chains"), 0);
    assert_string_equal(json_string_value(json_object_get(chain, "sequence")), "MX");
    json_decref(d);
}

static void test_clashes(void **state)
{
    (void)state;
    begin();
    put_alanine('A', 1, 0);
    put_alanine('A', 2, STEP);
    put(pdb_atom("HETATM", " O", ' ', "HOH", 'W', 9, STEP + 1.2, 1.5, 0, "O")); /* on CA and CB of 2 */
    json_t *d = report();
    assert_finding(d, "clashes", "warning", "A:2-W:9");
    assert_int_equal(fact(d, "clashes"), 2);
    json_decref(d);

    begin(); /* the same atom twice: across the border of cells, and negative */
    put(pdb_atom("HETATM", " O", ' ', "HOH", 'W', 1, -0.01, -2.41, 4.79, "O"));
    put(pdb_atom("HETATM", " O", ' ', "HOH", 'W', 2, 0.01, -2.39, 4.81, "O"));
    put(pdb_atom("HETATM", " O", ' ', "HOH", 'W', 3, 2.8, -2.4, 4.8, "O")); /* hydrogen-bonded, no clash */
    d = report();
    assert_finding(d, "clashes", "error", "W:1-W:2");
    assert_int_equal(fact(d, "clashes"), 1);
    json_decref(d);
}

/* The cells find what looking at every pair finds. */
static void test_clashes_against_all_pairs(void **state)
{
    (void)state;
    static double p[400][3];
    srand(5);
    begin();
    put("400\nrandom carbons\n");
    for (int i = 0; i < 400; i++) {
        for (int k = 0; k < 3; k++)
            p[i][k] = round((rand() % 20000 - 10000) / 10.0) / 100.0;
        char line[64];
        (void)snprintf(line, sizeof line, "C %.3f %.3f %.3f\n", p[i][0], p[i][1], p[i][2]);
        put(line);
    }
    json_int_t expected = 0;
    for (int i = 0; i < 400; i++) {
        for (int k = 0; k < i; k++) {
            double d = hypot(hypot(p[i][0] - p[k][0], p[i][1] - p[k][1]), p[i][2] - p[k][2]);
            expected += d < 0.7 * 2 * element_radius(6);
        }
    }
    assert_true(expected > 20);
    json_t *d = inspect_good("random.xyz", g_text);
    assert_int_equal(fact(d, "clashes"), expected);
    json_decref(d);
}

static void test_disulfide_insertion_caps(void **state)
{
    (void)state;
    begin();
    put(pdb_atom("ATOM", " SG", ' ', "CYS", 'A', 6, 0, 0, 0, "S"));
    put(pdb_atom("ATOM", " SG", ' ', "CYS", 'A', 127, 2.03, 0, 0, "S"));
    put("ATOM      1  N   ALA A 130A     30.000   0.000   0.000  1.00  0.00           N\n");
    put("ATOM      1  CH3 ACE A 131      40.000   0.000   0.000  0.00  0.00           C\n");
    json_t *d = report();
    assert_finding(d, "disulfides", "info", "A:6-A:127");
    assert_finding(d, "insertion_codes", "warning", "A:130A");
    assert_finding(d, "caps", "info", "A:131");
    assert_finding(d, "zero_occupancy", "warning", "A:131");
    json_decref(d);
}

static void test_scattered_and_duplicate(void **state)
{
    (void)state;
    begin();
    put(pdb_atom("ATOM", " HB2", ' ', "ALA", 'A', 2, STEP + 1.0, 2.9, 0.9, "H"));
    put_alanine('A', 1, 0);
    put_alanine('A', 2, STEP);
    json_t *d = report();
    assert_finding(d, "scattered_atoms", "info", "A:2");
    assert_int_equal(fact(d, "residues"), 2);
    assert_int_equal(fact(d, "missing_atoms"), 0);
    json_decref(d);
    begin();
    put_alanine('A', 1, 0);
    put_alanine('A', 2, STEP);
    put_alanine('A', 1, 50);
    d = report();
    assert_finding(d, "duplicate_residues", "warning", "A:1");
    json_decref(d);
}

static void test_charmm_names(void **state)
{
    (void)state;
    begin();
    put_alanine('A', 1, 0);
    put(pdb_atom("ATOM", " HN", ' ', "ALA", 'A', 1, -0.5, 0.8, 0, "H"));
    json_t *d = report();
    assert_finding(d, "charmm_names", "info", NULL);
    assert_finding(d, "some_hydrogens", "info", NULL);
    json_decref(d);
}

/* Markup, control bytes and broken UTF-8 in names and titles are data: the report stays valid JSON. */
static void test_hostile_text(void **state)
{
    (void)state;
    json_t *d = inspect_good("<img src=x>.pdb", "TITLE     <script>\x01\xff\xc3(\"\\\n"
                                                "HETATM    1  C1  \"<\\ A   1       1.000   1.000   1.000\nEND\n");
    assert_int_equal(fact(d, "atoms"), 1);
    assert_non_null(fact_text(d, "title"));
    json_decref(d);
}

static void test_tables(void **state)
{
    (void)state;
    static const char *const names[] = {
#define RES(name, kind, letter, charge, side) name,
#include "../../workers/helper/inspect/residues.def"
#undef RES
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_non_null(res_find(names[i]));
        assert_string_equal(res_find(names[i])->name, names[i]);
        if (i > 0)
            assert_true(strcasecmp(names[i - 1], names[i]) < 0);
    }
    assert_null(res_find("NOSUCH"));
    assert_int_equal(element_find("cl", 2), 17);
    assert_int_equal(element_find("D", 1), 1);
    assert_int_equal(element_find("Xx", 2), 0);
    assert_int_equal(element_guess(" CA ", "ALA", true), 6);
    assert_int_equal(element_guess("HG11", "VAL", true), 1);
    assert_int_equal(element_guess("1HB ", "ALA", true), 1);
    assert_int_equal(element_guess("CLA ", "CLA", true), 17);
    assert_int_equal(element_guess("BR1 ", "LIG", true), 35);
    for (unsigned z = 1; z <= ELEMENT_MAX; z++) {
        assert_int_equal(element_find(element_symbol(z), strlen(element_symbol(z))), z);
        assert_true(element_radius(z) > 0.2);
    }
}

/* Structures of the world, where they are at hand. */
static void test_real_structures(void **state)
{
    (void)state;
    const char *dir = getenv("ATH_SHARED_DATA");
    char path[512];
    static char text[1 << 20];
    (void)snprintf(path, sizeof path, "%s/structures/1bhl.pdb", dir ? dir : "../shared/data");
    FILE *f = fopen(path, "r");
    if (!f) {
        print_message("skipped: the shared data are not here\n");
        skip();
    }
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    json_t *d = inspect_good("1bhl.pdb", text);
    assert_int_equal(fact(d, "protein_residues"), 135);
    assert_int_equal(fact(d, "missing_residues"), 16);
    assert_int_equal(fact(d, "waters"), 53);
    assert_finding(d, "modified_residues", "warning", "A:65");
    json_decref(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_gap_and_break),
        cmocka_unit_test(test_missing_atoms),
        cmocka_unit_test(test_alternatives),
        cmocka_unit_test(test_other_molecules),
        cmocka_unit_test(test_modified_residue),
        cmocka_unit_test(test_clashes),
        cmocka_unit_test(test_clashes_against_all_pairs),
        cmocka_unit_test(test_disulfide_insertion_caps),
        cmocka_unit_test(test_scattered_and_duplicate),
        cmocka_unit_test(test_charmm_names),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_real_structures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
