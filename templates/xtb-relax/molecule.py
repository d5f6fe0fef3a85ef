#!/usr/bin/env python3
"""Molecules for xtb: read a structure file into XYZ, carry an interrupted optimisation on, watch, count modes.

Verbs: STRUCTURE FORMAT OUT.xyz | carry | watch LOG EXPECTED-CYCLES | modes.

Caveats: bonds are not needed, so only elements and positions are read; xtb's own readers for SDF and PDB would take
charges and hydrogens from the file, which must come from the parameters here.
"""
import os
import re
import shutil
import signal
import sys

import athjob

SYMBOLS = """X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr
Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl
Pb Bi Po At Rn""".split()
ATOMS_MAX = 500


def element(word, where):
    """The symbol of an element word, or a failure that names the place."""
    symbol = word.strip().capitalize()
    if symbol.isdigit() and 0 < int(symbol) < len(SYMBOLS):
        symbol = SYMBOLS[int(symbol)]
    symbol = {"D": "H", "T": "H"}.get(symbol, symbol)
    if symbol not in SYMBOLS[1:]:
        athjob.fail("unknown_element", "\"%s\" in %s is not an element the method knows (H to Rn)." % (word[:8], where),
                    "Correct the element in the structure file.")
    return symbol


def read_xyz(lines):
    count = int(lines[0].split()[0])
    return [(element(w[0], "line %d" % (i + 3)), *map(float, w[1:4]))
            for i, w in enumerate(l.split() for l in lines[2:2 + count])]


def read_mol(lines):
    if "V3000" in lines[3]:
        rows = [l.split() for l in lines if l.startswith("M  V30")]
        begin = next(i for i, w in enumerate(rows) if w[2:4] == ["BEGIN", "ATOM"])
        end = next(i for i, w in enumerate(rows) if w[2:4] == ["END", "ATOM"])
        return [(element(w[3], "atom " + w[2]), *map(float, w[4:7])) for w in rows[begin + 1:end]]
    count = int(lines[3][:3])
    return [(element(l[31:34], "line %d" % (i + 5)), float(l[:10]), float(l[10:20]), float(l[20:30]))
            for i, l in enumerate(lines[4:4 + count])]


def read_mol2(lines):
    begin = next(i for i, l in enumerate(lines) if l.startswith("@<TRIPOS>ATOM")) + 1
    atoms = []
    for line in lines[begin:]:
        if line.startswith("@"):
            break
        w = line.split()
        if w:
            atoms.append((element(w[5].split(".")[0], "atom " + w[0]), *map(float, w[2:5])))
    return atoms


def read_pdb(lines):
    atoms = []
    for line in lines:
        if line.startswith("ENDMDL"):
            break
        if line.startswith(("ATOM  ", "HETATM")):
            # Without an element column the name tells: columns 13-14 hold the symbol, right-justified.
            word = line[76:78].strip() or line[12:14].strip().lstrip("0123456789") or line[12:16].strip()
            atoms.append((element(word, "atom " + line[6:11].strip()),
                          float(line[30:38]), float(line[38:46]), float(line[46:54])))
    return atoms


READERS = {"xyz": read_xyz, "sdf": read_mol, "mol": read_mol, "mol2": read_mol2, "pdb": read_pdb}


def write_xyz(path, atoms, title=""):
    athjob.write_atomic(path, "%d\n%s\n" % (len(atoms), title)
                        + "".join("%-2s %16.8f %16.8f %16.8f\n" % a for a in atoms))


def read_frames(path):
    """Frames of a multi-frame XYZ file as (comment, atoms); a frame cut short by a kill is left out."""
    with open(path, encoding="utf-8", errors="replace") as f:
        lines = f.read().split("\n")
    at, frames = 0, []
    while at < len(lines) and lines[at].strip():
        count = int(lines[at])
        body = lines[at + 2:at + 2 + count]
        if len(body) < count or len(body[-1].split()) < 4:
            break
        frames.append((lines[at + 1], [(w[0], *map(float, w[1:4])) for w in (l.split() for l in body)]))
        at += 2 + count
    return frames


def convert(path, fmt, out):
    with open(path, encoding="utf-8", errors="replace") as f:
        lines = f.read().splitlines()
    try:
        atoms = READERS[fmt](lines)
    except (IndexError, ValueError, StopIteration):
        athjob.fail("unreadable", "The atoms of the structure could not be read as %s." % fmt,
                    "Check the file in an editor, or convert it to XYZ.")
    if not 2 <= len(atoms) <= ATOMS_MAX:
        athjob.fail("atom_count", "The structure has %d atoms; 2 to %d can be treated." % (len(atoms), ATOMS_MAX),
                    "Upload a molecule of that size.")
    electrons = sum(SYMBOLS.index(a[0]) for a in atoms) - athjob.param("charge_e")
    unpaired = athjob.param("unpaired_electrons")
    if athjob.param("method") != "gfnff" and (electrons < unpaired or (electrons - unpaired) % 2):
        athjob.fail("spin", "%d electrons cannot have %d unpaired ones." % (electrons, unpaired),
                    "Check total charge and unpaired electrons; a missing hydrogen also changes the count.")
    write_xyz(out, atoms)


def carry():
    """Begin opt/: from the start, or after an interrupted attempt from its last geometry, whose path is kept."""
    before = "opt/xtbopt.log"
    start = None
    if os.path.exists(before):
        frames = read_frames(before)
        if len(frames) > 1:
            with open("path.xyz", "a", encoding="utf-8") as f:
                for comment, atoms in frames:
                    f.write("%d\n%s\n" % (len(atoms), comment)
                            + "".join("%-2s %16.8f %16.8f %16.8f\n" % a for a in atoms))
            start = frames[-1][1]
            write_xyz("start.xyz", start)
    shutil.rmtree("opt", ignore_errors=True)
    os.mkdir("opt")
    shutil.copy("start.xyz", "opt/in.xyz")


def watch(log, cycles):
    """A progress line a second at most, from xtb's own lines about cycles and energies; cycles: how many are expected.

    Cycles of interrupted attempts count, so that the bar does not jump back."""
    before = len(read_frames("path.xyz")) if os.path.exists("path.xyz") else 0
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    stop = last = None
    while not stop:
        stop = signal.sigtimedwait({signal.SIGTERM}, 1)
        text = "\n".join(athjob.log_tail(log, None))
        found = re.findall(r"CYCLE\s+(\d+)", text)
        energy = re.findall(r"total energy\s*:\s*(-?\d+\.\d+) Eh", text)
        if found and found[-1] != last:
            last = found[-1]
            values = {"energy_hartree": float(energy[-1])} if energy else {}
            athjob.progress("optimise", before + int(last), cycles, values)


def read_modes(path):
    """(wavenumber in 1/cm, intensity in km/mol) of a vibspectrum file, the zero modes left out; and the count of all."""
    modes, count = [], 0
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            m = re.match(r"\s*\d+\s+(?:[A-Za-z]\S*\s+)?(-?\d+\.\d+)\s+(-?\d+\.\d+)", line)
            if m:
                count += 1
                if abs(float(m.group(1))) >= 0.01:
                    modes.append((float(m.group(1)), float(m.group(2))))
    return modes, count


def modes_done():
    try:
        with open("start.xyz", encoding="utf-8") as f:
            atoms = int(f.readline())
        ended = "normal termination of xtb" in "\n".join(athjob.log_tail("hess/hess.log", None))
        return ended and read_modes("hess/vibspectrum")[1] == 3 * atoms
    except OSError:
        return False


def main(argv):
    if argv[1] == "carry":
        carry()
    elif argv[1] == "watch":
        watch(argv[2], int(argv[3]))
    elif argv[1] == "modes":
        sys.exit(0 if modes_done() else 1)
    else:
        convert(*argv[1:4])


if __name__ == "__main__":
    main(sys.argv)
