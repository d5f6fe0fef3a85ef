#!/usr/bin/env python3
"""Make chignolin.pdb: the peptide YYDPETGTWY built from its sequence, embedded and relaxed with RDKit (python3-rdkit).

The result is an extended chain with all hydrogens and residue names, not the folded NMR structure; it is ours to give.
Run from any folder: python3 make.py [output.pdb]. The seed makes the coordinates repeatable with one RDKit version.
"""
import os
import sys

from rdkit import Chem
from rdkit.Chem import AllChem

SEQUENCE = "YYDPETGTWY"


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "chignolin.pdb")
    mol = Chem.AddHs(Chem.MolFromSequence(SEQUENCE), addResidueInfo=True)
    options = AllChem.ETKDGv3()
    options.randomSeed = 7
    if AllChem.EmbedMolecule(mol, options) != 0:
        sys.exit("RDKit could not embed the peptide")
    if AllChem.MMFFOptimizeMolecule(mol, maxIters=5000) != 0:
        sys.exit("the MMFF relaxation did not converge")
    # AddHs puts hydrogens last; a PDB file has the atoms of a residue together.
    order = sorted(range(mol.GetNumAtoms()),
                   key=lambda i: mol.GetAtomWithIdx(i).GetPDBResidueInfo().GetResidueNumber())
    block = Chem.MolToPDBBlock(Chem.RenumberAtoms(mol, order), flavor=4 | 2 | 8)
    lines = [l for l in block.splitlines() if l.startswith(("ATOM", "HETATM", "TER"))]
    with open(out, "w", encoding="utf-8") as f:
        f.write("TITLE     CHIGNOLIN %s, EXTENDED, BUILT FROM ITS SEQUENCE WITH RDKIT\n" % SEQUENCE)
        f.write("\n".join("ATOM  " + l[6:] if l.startswith("HETATM") else l for l in lines) + "\nEND\n")


if __name__ == "__main__":
    main()
