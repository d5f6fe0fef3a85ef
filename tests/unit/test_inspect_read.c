/* The structure readers: what each format gives, and how each kind of damage is refused in words. */
#include "inspect_text.h"

#include <stdlib.h>
#include <zlib.h>

#define WATER_XYZ "3\nwater\nO 0.0 0.0 0.117\nH 0.0 0.757 -0.469\nH 0.0 -0.757 -0.469\n"

static void test_xyz(void **state)
{
    (void)state;
    json_t *d = inspect_good("w.xyz", WATER_XYZ);
    assert_string_equal(json_string_value(json_object_get(d, "format")), "xyz");
    assert_string_equal(fact_text(d, "formula"), "H2O");
    assert_string_equal(fact_text(d, "title"), "water");
    assert_int_equal(fact(d, "atoms"), 3);
    assert_int_equal(fact(d, "heavy_atoms"), 1);
    assert_true(json_is_null(json_object_get(json_object_get(d, "facts"), "charge")));
    json_decref(d);

    d = inspect_good("w.xyz", "2\nLattice=\"5 0 0 0 6 0 0 0 7\"\n8 0 0 0\nCl1 3 0 0\n2\n\nO 0 0 0\nCl 3 0 0\n");
    assert_string_equal(fact_text(d, "formula"), "ClO");
    assert_int_equal(fact(d, "models"), 2);
    assert_true(box_side(d, 2) == 7.0);
    assert_true(json_number_value(json_object_get(json_object_get(d, "facts"), "box_volume_a3")) == 210.0);
    assert_finding(d, "multi_model", "warning", NULL);
    json_decref(d);

    assert_refused("w.xyz", "3\nwater\nO 0 0 0\nH 0 0 1\n", "truncated", "3 atoms and holds 2");
    assert_refused("w.xyz", "1\n\nO 0 0 nan\n", "bad_coordinates", "line 3");
    assert_refused("w.xyz", "1\n\nO 0 0 1e9\n", "bad_coordinates", "out of reason");
    assert_refused("w.xyz", "1\n\nQq 0 0 0\n", "malformed", "element");
    assert_refused("w.xyz", "99999999999\n\nO 0 0 0\n", "truncated", NULL);
    assert_refused("w.xyz", "0\n\n", "no_atoms", NULL);
}

static void test_pdb_columns(void **state)
{
    (void)state;
    /* Written by programs that leave out the element, put four letters of a name, and count in hybrid-36. */
    json_t *d =
        inspect_good("a.pdb", "CRYST1   30.000   40.000   50.000  90.00  90.00 120.00 P 1           1\n"
                              "ATOM      1  N   ALAXA   1      11.104   6.134  -6.504\n"
                              "HETATM    2 ZN    ZN BA000       1.000   1.000   1.000\n"
                              "HETATM    3  O   HOH B  -5      21.000   1.000   1.000  0.50 10.00           O2-\n"
                              "END\n");
    assert_string_equal(fact_text(d, "formula"), "NOZn");
    assert_int_equal(fact(d, "residues"), 3);
    assert_int_equal(fact(d, "waters"), 1);
    assert_int_equal(fact(d, "charge"), -2);
    assert_true(box_side(d, 5) == 120.0);
    json_decref(d);
}

static void test_pdb_numbers(void **state)
{
    (void)state;
    json_t *d = inspect_good("a.pdb", "HETATM    2 ZN    ZN BA000       1.000   1.000   1.000\n");
    assert_null(finding(d, "odd_numbers"));
    json_decref(d);
    d = inspect_good("a.pdb", "HETATM    2 ZN    ZN B -10       1.000   1.000   1.000\n");
    assert_finding(d, "odd_numbers", "info", "B:-10");
    json_decref(d);
    /* Lost numbers, and waters that all have the same one. */
    d = inspect_good("a.pdb", "HETATM    1  O   HOH W****       1.000   1.000   1.000\n"
                              "HETATM    2  H1  HOH W****       1.000   1.900   1.000\n"
                              "HETATM    3  O   HOH W****       4.000   1.000   1.000\n"
                              "HETATM    4  C   LIG L****       9.000   1.000   1.000\n"
                              "HETATM    5  C   LIG L****      10.500   1.000   1.000\n");
    assert_int_equal(fact(d, "waters"), 2);
    assert_int_equal(fact(d, "residues"), 3);
    assert_finding(d, "odd_numbers", "info", NULL);
    json_decref(d);
    assert_refused("a.pdb", "ATOM      1  N   ALA A   x      11.104   6.134  -6.504\n", "malformed", "residue number");
    assert_refused("a.pdb", "ATOM      1  N   ALA A   1      11.104   6.1x4  -6.504\n", "bad_coordinates", "line 1");
    assert_refused("a.pdb", "ATOM      1  N   ALA A   1      11.104   6.1\nEND\n", "malformed", "54 columns");
    assert_refused("a.pdb", "ATOM      1  N   ALA A   1      11.104   6.1", "truncated", "line 1");
    assert_refused("a.pdb", "ATOM      1  N   ALA A   1         nan     nan     nan\n", "bad_coordinates", "nan");
    assert_refused("a.pdb", "HEADER    NOTHING\nEND\n", "no_atoms", NULL);
}

static void test_pdb_models(void **state)
{
    (void)state;
    const char *n = "ATOM      1  N   ALA A   1      11.104   6.134  -6.504  1.00  0.00           N\n";
    char text[1024];
    (void)snprintf(text, sizeof text, "MODEL        1\n%sENDMDL\nMODEL        2\n%sENDMDL\nEND\n", n, n);
    json_t *d = inspect_good("a.pdb", text);
    assert_int_equal(fact(d, "models"), 2);
    assert_int_equal(fact(d, "atoms"), 1);
    assert_finding(d, "multi_model", "warning", NULL);
    json_decref(d);
    (void)snprintf(text, sizeof text, "%sEND\n%sEND\n%sEND\n", n, n, n); /* frames of a simulation */
    d = inspect_good("a.pdb", text);
    assert_int_equal(fact(d, "models"), 3);
    json_decref(d);
    (void)snprintf(text, sizeof text, "%sTER\nEND\n", n);
    d = inspect_good("a.pdb", text);
    assert_int_equal(fact(d, "models"), 1);
    assert_null(finding(d, "multi_model"));
    json_decref(d);
    (void)snprintf(text, sizeof text, "EXPDTA    X-RAY DIFFRACTION\n%s", n);
    d = inspect_good("a.pdb", text);
    assert_finding(d, "maybe_truncated", "warning", NULL);
    json_decref(d);
}

#define CIF_HEAD                                                                                                       \
    "data_TEST\n# a comment\n_struct.title 'It''s a test'\n_cell.length_a 10.0\n_cell.length_b 20.0\n"                 \
    "_cell.length_c 30.0\n_cell.angle_alpha 90\n_cell.angle_beta 90\n_cell.angle_gamma 90\n"                           \
    "_entry.text\n;lines of\ntext loop_ data_x\n;\nloop_\n_atom_site.group_PDB\n_atom_site.id\n"                       \
    "_atom_site.type_symbol\n_atom_site.label_atom_id\n_atom_site.label_alt_id\n_atom_site.label_comp_id\n"            \
    "_atom_site.auth_asym_id\n_atom_site.auth_seq_id\n_atom_site.pdbx_PDB_ins_code\n_atom_site.Cartn_x\n"              \
    "_atom_site.Cartn_y\n_atom_site.Cartn_z\n_atom_site.pdbx_PDB_model_num\n"

static void test_cif(void **state)
{
    (void)state;
    json_t *d = inspect_good("a.cif", CIF_HEAD "ATOM 1 N N . ALA AA 7 ? 1.0 2.0 3.0 1\n"
                                               "ATOM 2 C CA A ALA AA 7 ? 2.4 2.0 3.0 1\n"
                                               "ATOM 2 C CA B ALA AA 7 ? 2.5 2.0\n 3.0 1\n"
                                               "ATOM 3 O \"O5'\" . DA B 1 ? 9.0 2.0 3.0 1\n"
                                               "HETATM 4 O O . HOH B 2 ? 9.0 9.0 3.0 1\n"
                                               "ATOM 1 N N . ALA AA 7 ? 1.0 2.0 3.0 2\n#\n"
                                               "loop_\n_pdbx_unobs_or_zero_occ_residues.polymer_flag\n"
                                               "_pdbx_unobs_or_zero_occ_residues.auth_asym_id\n"
                                               "_pdbx_unobs_or_zero_occ_residues.auth_seq_id\nY AA 8\nN AA 99\n");
    assert_string_equal(json_string_value(json_object_get(d, "format")), "cif");
    assert_int_equal(fact(d, "atoms"), 4);
    assert_int_equal(fact(d, "altlocs"), 1);
    assert_int_equal(fact(d, "models"), 2);
    assert_int_equal(fact(d, "nucleic_residues"), 1);
    assert_int_equal(fact(d, "missing_residues"), 1);
    assert_finding(d, "altloc", "warning", "AA:7");
    assert_finding(d, "missing_residues", "warning", "AA:8");
    assert_true(box_side(d, 1) == 20.0);
    json_decref(d);

    assert_refused("a.cif", CIF_HEAD "ATOM 1 N N . ALA A 7 ? 1.0 2.0", "truncated", NULL);
    assert_refused("a.cif", CIF_HEAD "ATOM 1 N N . ALA A 7 ? 1.0 2.0 ? 1\n", "bad_coordinates", "?");
    assert_refused("a.cif", CIF_HEAD "ATOM 1 N N . ALA A 7 ? 1.0 2.0 3.0 1\nATOM 2\nloop_\n_x.y\n1\n", "malformed",
                   "row");
    assert_refused("a.cif", "data_x\nloop_\n_atom_site_label\n_atom_site_fract_x\nC1 0.5\n", "fractional_cif", NULL);
    assert_refused("a.cif", "data_x\n_a.b 'open\n", "malformed", "quotation");
    assert_refused("a.cif", "data_x\n_a.b\n;never closed\n", "truncated", NULL);
    assert_refused("a.cif", "data_x\n_a.b 1\n", "no_atoms", NULL);
}

static void test_gro(void **state)
{
    (void)state;
    json_t *d = inspect_good("a.gro", "Water t= 1.0\n 3\n    1SOL     OW    1   0.126   1.624   1.679\n"
                                      "    1SOL    HW1    2   0.190   1.661   1.747\n"
                                      "    1SOL    HW2    3   0.177   1.568   1.613\n   2.0 2.0 2.0\n");
    assert_int_equal(fact(d, "waters"), 1);
    assert_string_equal(fact_text(d, "formula"), "H2O");
    assert_true(box_side(d, 0) == 20.0);
    assert_finding(d, "only_water", "info", NULL);
    json_decref(d);
    /* More decimals, and velocities behind them. */
    d = inspect_good("a.gro", "x\n1\n    1NA      NA    1   0.126001   1.624000   1.679000  0.1  0.2  0.3\n 1 1 1\n");
    assert_int_equal(fact(d, "ions"), 1);
    assert_string_equal(fact_text(d, "formula"), "Na");
    json_decref(d);
    assert_refused("a.gro", "x\n2\n    1SOL     OW    1   0.126   1.624   1.679\n", "truncated", "2 atoms and holds 1");
    assert_refused("a.gro", "x\n1\n    1SOL     OW    1   0.126   1.624   1.679\n", "truncated", "box");
    assert_refused("a.gro", "x\n1\n    1SOL     OW    1   0.126     nan   1.679\n1 1 1\n", "bad_coordinates", "line 3");
}

#define MOL_HEAD "ethanolate\n     test          3D\n\n"
#define MOL_ATOMS                                                                                                      \
    "   -0.9000    0.1000    0.0000 C   0  0\n    0.5000   -0.3000    0.1000 C   0  0\n"                               \
    "    1.3000    0.7000    0.2000 O   0  5\n  1  2  1  0\n  2  3  1  0\n"

static void test_sdf(void **state)
{
    (void)state;
    json_t *d = inspect_good("a.mol", MOL_HEAD "  3  2  0  0  0  0  0  0  0  0999 V2000\n" MOL_ATOMS "M  END\n");
    assert_string_equal(fact_text(d, "formula"), "C2O");
    assert_int_equal(fact(d, "charge"), -1);
    assert_string_equal(fact_text(d, "title"), "ethanolate");
    assert_finding(d, "no_hydrogens", "warning", NULL);
    json_decref(d);
    /* M  CHG replaces the old column. */
    d = inspect_good("a.sdf", MOL_HEAD "  3  2  0  0  0  0  0  0  0  0999 V2000\n" MOL_ATOMS
                                       "M  CHG  2   1   1   3   1\nM  END\n> <A>\n1\n\n$$$$\n" MOL_HEAD
                                       "  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n$$$$\n");
    assert_int_equal(fact(d, "charge"), 2);
    assert_int_equal(fact(d, "models"), 2);
    json_decref(d);
    d = inspect_good("a.mol", MOL_HEAD "  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\n"
                                       "M  V30 COUNTS 2 1 0 0 0\nM  V30 BEGIN ATOM\nM  V30 1 N 0 0 0 0 CHG=1\n"
                                       "M  V30 2 C 1.5 0 0.5 0\nM  V30 END ATOM\nM  V30 END CTAB\nM  END\n");
    assert_int_equal(fact(d, "charge"), 1);
    assert_int_equal(fact(d, "atoms"), 2);
    json_decref(d);
    d = inspect_good("a.mol",
                     "x\n  ChemDraw11202612342D\n\n  2  0  0  0  0  0  0  0  0  0999 V2000\n"
                     "    0.0000    0.0000    0.0000 C   0  0\n    1.5000    0.0000    0.0000 H   0  0\nM  END\n");
    assert_finding(d, "flat", "warning", NULL);
    json_decref(d);
    assert_refused("a.mol", MOL_HEAD "  9  2  0  0  0  0  0  0  0  0999 V2000\n" MOL_ATOMS, "malformed", "line 8");
    assert_refused("a.mol", MOL_HEAD "  3  2  0  0  0  0  0  0  0  0999 V2000\n" MOL_ATOMS, "truncated", "M  END");
    assert_refused("a.mol", MOL_HEAD "  3  3  0  0  0  0  0  0  0  0999 V2000\n" MOL_ATOMS "  1  9  1\nM  END\n",
                   "malformed", "bond");
}

static void test_mol2(void **state)
{
    (void)state;
#define MOL2_HEAD "# made by hand\n@<TRIPOS>MOLECULE\nformate\n%d 1\nSMALL\n%s\n\n@<TRIPOS>ATOM\n"
    char text[1024];
    const char *atoms = "1 C1 0 0 0 C.2 1 LIG1 0.1\n2 O1 1.2 0 0.3 O.co2 1 LIG1 -1.1\n@<TRIPOS>BOND\n1 1 2 2\n";
    (void)snprintf(text, sizeof text, MOL2_HEAD "%s", 2, "GASTEIGER", atoms);
    json_t *d = inspect_good("a.mol2", text);
    assert_string_equal(fact_text(d, "formula"), "CO");
    assert_int_equal(fact(d, "charge"), -1);
    assert_int_equal(fact(d, "residues"), 0);
    json_decref(d);
    (void)snprintf(text, sizeof text, MOL2_HEAD "%s", 2, "NO_CHARGES", atoms);
    d = inspect_good("a.mol2", text);
    assert_true(json_is_null(json_object_get(json_object_get(d, "facts"), "charge")));
    json_decref(d);
    (void)snprintf(text, sizeof text, MOL2_HEAD "1 N 0 0 0 N.4 1 ALA7 0\n2 CA 1.5 0 0 C.3 1 ALA7 0\n", 2, "X");
    d = inspect_good("a.mol2", text);
    assert_int_equal(fact(d, "protein_residues"), 1);
    json_decref(d);
    (void)snprintf(text, sizeof text, MOL2_HEAD "%s", 5, "GASTEIGER", atoms);
    assert_refused("a.mol2", text, "truncated", "5 atoms and holds 2");
}

static void test_refusals_by_nature(void **state)
{
    (void)state;
    static const unsigned char binary[] = "ATOM  \0\1\2\3\4\5";
    assert_refused("a.pdb", "", "empty", NULL);
    assert_refused_bytes("a.pdb", binary, sizeof binary, "binary", NULL);
    assert_refused_bytes("a.pdb", "PK\3\4rest of a zip archive", 25, "binary", "zip");
    assert_refused("notes.txt", "Dear colleague,\nthe structure follows.\n", "unknown_format", NULL);
    assert_refused("a.pdb", "\n\n\n", "no_atoms", NULL);

    char *big = malloc(2u << 20);
    assert_non_null(big);
    memset(big, 'x', 2u << 20);
    assert_refused_bytes("a.pdb", big, 2u << 20, "too_large", "MB");
    memset(big, 'x', 1u << 20);
    assert_refused_bytes("a.pdb", big, (1u << 20), "no_atoms", NULL);
    memset(big, '\n', 200000);
    assert_refused_bytes("a.pdb", big, 200000, "too_many_lines", NULL);
    size_t n = (size_t)snprintf(big, 100, "20000\n\n");
    for (int i = 0; i < 20000; i++)
        n += (size_t)snprintf(big + n, 64, "C %d.0 0 0\n", i % 9999);
    assert_refused_bytes("a.xyz", big, n, "too_many_atoms", "10000");
    free(big);
}

/* The format is told by content even under another name. */
static void test_content_before_name(void **state)
{
    (void)state;
    json_t *d = inspect_good("really.pdb", WATER_XYZ);
    assert_string_equal(json_string_value(json_object_get(d, "format")), "xyz");
    json_decref(d);
    d = inspect_good("", "HEADER    X\r\nHETATM    1  O   HOH A   1       1.000   1.000   1.000\r\nEND\r\n");
    assert_string_equal(json_string_value(json_object_get(d, "format")), "pdb");
    json_decref(d);
}

static size_t pack(const void *p, size_t n, unsigned char *out, size_t cap)
{
    z_stream z = { 0 };
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t len = z.total_out;
    (void)deflateEnd(&z);
    return len;
}

static void test_gzip(void **state)
{
    (void)state;
    struct err err;
    unsigned char packed[4096];
    const char *water = WATER_XYZ;
    size_t half = strlen(water) / 2, n = pack(water, strlen(water), packed, sizeof packed);
    json_t *d = inspect_bytes("w.xyz.gz", packed, n, &err);
    assert_int_equal(fact(d, "atoms"), 3);
    json_decref(d);
    for (size_t cut = 2; cut < n; cut++)
        assert_refused_bytes("w.xyz.gz", packed, cut, "truncated", NULL);
    packed[n - 6] ^= 0xff; /* the checksum */
    assert_refused_bytes("w.xyz.gz", packed, n, "damaged", NULL);

    n = pack(water, half, packed, sizeof packed); /* two members make one text */
    n += pack(water + half, strlen(water) - half, packed + n, sizeof packed - n);
    d = inspect_bytes("w.xyz.gz", packed, n, &err);
    assert_int_equal(fact(d, "atoms"), 3);
    json_decref(d);
}

static void test_gzip_bomb(void **state)
{
    (void)state;
    const struct inspect_limits wide = { .bytes = 1u << 30, .lines = 1u << 30, .atoms = 1000 };
    size_t n = 32u << 20;
    char *blank = malloc(n);
    unsigned char *packed = malloc(1u << 20);
    assert_non_null(blank);
    assert_non_null(packed);
    for (size_t i = 0; i < n; i++)
        blank[i] = i % 64 == 63 ? '\n' : ' ';
    memcpy(blank, "HEADER", 6);
    size_t len = pack(blank, n, packed, 1u << 20);
    struct buf out;
    struct err err = { 0 };
    buf_init(&out, 1 << 20);
    assert_int_not_equal(inspect_structure(-1, packed, len, "a.pdb.gz", &wide, &out, &err), ST_OK);
    assert_string_equal(err.code, "bomb");
    buf_free(&out);
    assert_refused_bytes("a.pdb.gz", packed, len, "too_large", "unpacked");
    free(packed);
    free(blank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xyz),
        cmocka_unit_test(test_pdb_columns),
        cmocka_unit_test(test_pdb_numbers),
        cmocka_unit_test(test_pdb_models),
        cmocka_unit_test(test_cif),
        cmocka_unit_test(test_gro),
        cmocka_unit_test(test_sdf),
        cmocka_unit_test(test_mol2),
        cmocka_unit_test(test_refusals_by_nature),
        cmocka_unit_test(test_content_before_name),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_bomb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
