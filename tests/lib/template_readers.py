#!/usr/bin/env python3
"""The structure readers of the templates: one molecule in every format must give the same atoms, and cleaning a messy
protein must keep what a force field knows and name what it leaves out. Run by tests/cluster/template_run.sh."""
import importlib
import json
import os
import sys
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TOP, "templates", "lib"), os.path.join(TOP, "templates", "xtb-relax")]
athgmx = importlib.import_module("athgmx")
molecule = importlib.import_module("molecule")

WATER = [("O", 0.0, 0.0, 0.117), ("H", 0.0, 0.757, -0.469), ("H", 0.0, -0.757, -0.469)]
FORMATS = {
    "xyz": "3\nwater\n" + "".join("%s %.3f %.3f %.3f\n" % a for a in WATER),
    "sdf": "water\n\n\n  3  0  0  0  0  0  0  0  0  0999 V2000\n"
           + "".join("%10.4f%10.4f%10.4f %-3s 0  0\n" % (a[1:] + a[:1]) for a in WATER) + "M  END\n$$$$\n",
    "mol": "water\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS 3 0 0 0 0\nM  V30 BEGIN ATOM\n"
           + "".join("M  V30 %d %s %.3f %.3f %.3f 0\n" % ((i + 1,) + a) for i, a in enumerate(WATER))
           + "M  V30 END ATOM\nM  V30 END CTAB\nM  END\n",
    "mol2": "@<TRIPOS>MOLECULE\nwater\n3 0\nSMALL\nNO_CHARGES\n@<TRIPOS>ATOM\n"
            + "".join("%d %s%d %.3f %.3f %.3f %s\n" % (i + 1, a[0], i, *a[1:], a[0] + (".3" if a[0] == "O" else ""))
                      for i, a in enumerate(WATER)) + "@<TRIPOS>BOND\n",
    "pdb": "".join("HETATM%5d  %-3s HOH A   1    %8.3f%8.3f%8.3f  1.00  0.00          %2s\n" % ((i + 1, a[0]) + a[1:] + a[:1])
                   for i, a in enumerate(WATER)) + "END\n",
}


def check_molecules():
    for fmt, text in FORMATS.items():
        atoms = molecule.READERS[fmt](text.splitlines())
        assert atoms == WATER, "%s: %s" % (fmt, atoms)


def pdb_lines():
    path = os.path.join(TOP, "templates", "protein-md", "sample", "chignolin.pdb")
    with open(path, encoding="utf-8") as f:
        return [l.rstrip("\n") for l in f if l.startswith("ATOM") and l[76:78].strip() != "H"]


def cleaned(text, fmt, **options):
    with open("in." + fmt, "w", encoding="utf-8") as f:
        f.write(text)
    athgmx.clean("in." + fmt, fmt, "out.pdb", options.get("keep_waters", False), options.get("remove_hetero", False))
    with open("out.pdb", encoding="utf-8") as f:
        lines = f.read().splitlines()
    with open("clean.json", encoding="utf-8") as f:
        return lines, " ".join(json.load(f)["warnings"])


def check_protein_formats():
    lines = pdb_lines()
    wanted, _ = cleaned("\n".join(lines) + "\n", "pdb")
    keys = ("group_PDB id type_symbol label_atom_id label_alt_id label_comp_id auth_asym_id auth_seq_id pdbx_PDB_ins_code "
            "Cartn_x Cartn_y Cartn_z occupancy pdbx_PDB_model_num").split()
    cif = "data_X\nloop_\n" + "".join("_atom_site.%s\n" % k for k in keys)
    gro = "chignolin\n%d\n" % len(lines)
    for i, l in enumerate(lines):
        x, y, z = (float(l[k:k + 8]) for k in (30, 38, 46))
        name, res, num = l[12:16].strip(), l[17:20], int(l[22:26])
        cif += "ATOM %d %s '%s' . %s A %d ? %.3f %.3f %.3f 1.00 1\n" % (i + 1, l[77], name, res, num, x, y, z)
        gro += "%5d%-5s%5s%5d%9.4f%9.4f%9.4f\n" % (num, res, name, i + 1, x / 10, y / 10, z / 10)
    assert cleaned(cif + "#\n", "cif")[0] == wanted
    other = cleaned(gro + "   5.0   5.0   5.0\n", "gro")[0]
    assert [l[:21] + l[22:] for l in other] == [l[:21] + l[22:] for l in wanted], "a GRO file differs by more than its chain"


def check_messy_protein():
    lines = [l for l in pdb_lines() if int(l[22:26]) != 6]
    i = next(k for k, l in enumerate(lines) if l[12:16].strip() == "CB" and int(l[22:26]) == 2)
    lines[i:i + 1] = [lines[i][:16] + "A" + lines[i][17:54] + "  0.40" + lines[i][60:],
                      lines[i][:16] + "B" + lines[i][17:30] + "   1.000" + lines[i][38:54] + "  0.60" + lines[i][60:]]
    lines += [l[:21] + "B" + l[22:] for l in pdb_lines()]
    hetero = "HETATM  999  S   SO4 A 101      10.000  30.000   5.000  1.00  0.00           S"
    lines += [hetero, "HETATM 1000  O   HOH A 201       5.000  30.000   5.000  1.00  0.00           O"]
    out, warnings = cleaned("\n".join(lines) + "\n", "pdb", remove_hetero=True)
    cb = [l for l in out if l[12:16].strip() == "CB" and l[21] == "A" and int(l[22:26]) == 2]
    assert len(cb) == 1 and float(cb[0][30:38]) == 1.0, "the location of highest occupancy is kept"
    assert sum(l == "TER" for l in out) == 3, "a gap and each chain end in TER"
    assert not any("SO4" in l or "HOH" in l for l in out)
    for word in ("Alternative", "missing", "SO4", "1 water "):
        assert word in warnings, "%s is not in: %s" % (word, warnings)
    assert sum("HOH" in l for l in cleaned("\n".join(lines) + "\n", "pdb", remove_hetero=True, keep_waters=True)[0]) == 1
    try:
        cleaned("\n".join(lines) + "\n", "pdb")
    except SystemExit as e:
        assert str(e).startswith("ligand:"), e
    else:
        raise AssertionError("a ligand was accepted")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        check_molecules()
        check_protein_formats()
        check_messy_protein()
        os.chdir(TOP)


if __name__ == "__main__":
    main()
