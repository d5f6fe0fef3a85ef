#!/usr/bin/env python3
"""Make ethanol.xyz (trans) from its SMILES with RDKit (python3-rdkit): embedded, C-C-O-H turned to 180 degrees, MMFF.

Run from any folder: python3 make.py [output.xyz].
"""
import os
import sys

from rdkit import Chem
from rdkit.Chem import AllChem, rdMolTransforms


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "ethanol.xyz")
    mol = Chem.AddHs(Chem.MolFromSmiles("CCO"))
    options = AllChem.ETKDGv3()
    options.randomSeed = 7
    if AllChem.EmbedMolecule(mol, options) != 0:
        sys.exit("RDKit could not embed ethanol")
    hydrogen = next(a.GetIdx() for a in mol.GetAtomWithIdx(2).GetNeighbors() if a.GetSymbol() == "H")
    rdMolTransforms.SetDihedralDeg(mol.GetConformer(), 0, 1, 2, hydrogen, 180.0)
    if AllChem.MMFFOptimizeMolecule(mol, maxIters=2000) != 0:
        sys.exit("the MMFF relaxation did not converge")
    lines = Chem.MolToXYZBlock(mol).splitlines()
    lines[1] = "trans-ethanol, built with RDKit"
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
