"""Readers for GROMACS files and the evidence that a GROMACS stage is done.

Flow: run.sh calls the verbs clean, watch and evidence; analyse.py imports xvg(), trr_frames() and the log readers.

Caveats: mdrun's exit status 0 does not mean finished (-maxh), and "Finished mdrun" is also printed then; the proof is
the final .gro beside a log that reports the asked step. Lengths here are nm as in GROMACS; frames leave as Å.
"""
import array
import math
import os
import re
import signal
import struct
import sys
import time

import athjob

PROTEIN = set("""ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL ACE NME NMA NH2 NAC
ASH GLH LYN CYM CYX CYS2 CYSH HID HIE HIP HISA HISB HISD HISE HISH HSD HSE HSP HSC LYSH ASPH GLUH ARGN ASPP GLUP
LSN""".split())
WATER = set("HOH WAT SOL H2O DOD TIP TIP3 TIP4 SPC TP3".split())
NUCLEIC = set("A C G U T I DA DC DG DT DU DI RA RC RG RU ADE CYT GUA URA THY".split())
BOND_MAX = 2.5  # Å between C and the next N; above it residues are missing between them


class Atom:
    __slots__ = ("name", "res", "chain", "num", "icode", "alt", "occ", "x", "y", "z")

    def __init__(self, name, res, chain, num, icode, alt, occ, x, y, z):
        self.name, self.res, self.chain, self.num, self.icode = name, res, chain, num, icode
        self.alt, self.occ, self.x, self.y, self.z = alt, occ, x, y, z

    def residue(self):
        return (self.chain, self.num, self.icode)


# ---- structures ----------------------------------------------------------------------------------------------------

def read_pdb(path):
    atoms, part = [], 0
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            if line.startswith(("ATOM  ", "HETATM")):
                atoms.append(Atom(line[12:16].strip(), line[17:21].strip(), line[21:22].strip() + "." * part,
                                  int(line[22:26]), line[26:27].strip(), line[16:17].strip(),
                                  float(line[54:60].strip() or 1), float(line[30:38]), float(line[38:46]),
                                  float(line[46:54])))
            elif line.startswith("ENDMDL"):
                break
    return atoms


def read_gro(path):
    atoms = []
    with open(path, encoding="utf-8", errors="replace") as f:
        f.readline()
        count = int(f.readline())
        for _ in range(count):
            line = f.readline().rstrip("\n")
            width = line.index(".", line.index(".") + 1) - line.index(".")
            xyz = [10 * float(line[20 + i * width:20 + (i + 1) * width]) for i in range(3)]
            atoms.append(Atom(line[10:15].strip(), line[5:10].strip(), "", int(line[0:5]), "", "", 1.0, *xyz))
    return atoms


def read_cif(path):
    """The _atom_site loop of an mmCIF file. Values with blanks are quoted on one line there, as the PDB writes them."""
    atoms, names, inside = [], [], False
    token = re.compile(r"'(?:[^']|'(?!\s|$))*'|\"(?:[^\"]|\"(?!\s|$))*\"|\S+")
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            if line.startswith("_atom_site."):
                names.append(line.split()[0][11:])
                inside = True
            elif inside and line.startswith(("#", "loop_", "_", "data_")):
                break
            elif inside:
                row = dict(zip(names, (t[1:-1] if t[0] in "'\"" and len(t) > 1 else t for t in token.findall(line))))
                if row.get("pdbx_PDB_model_num", "1") != "1":
                    continue

                def get(*keys):
                    return next((row[k] for k in keys if row.get(k, "?") not in "?."), "")
                atoms.append(Atom(get("auth_atom_id", "label_atom_id"), get("auth_comp_id", "label_comp_id"),
                                  get("auth_asym_id", "label_asym_id"), int(get("auth_seq_id", "label_seq_id") or 0),
                                  get("pdbx_PDB_ins_code"), get("label_alt_id"), float(get("occupancy") or 1),
                                  float(row["Cartn_x"]), float(row["Cartn_y"]), float(row["Cartn_z"])))
    return atoms


READERS = {"pdb": read_pdb, "gro": read_gro, "cif": read_cif, "mmcif": read_cif}


def residues_of(atoms):
    """Consecutive atoms of one residue, as lists; alternative locations may carry two residue names."""
    groups = []
    for a in atoms:
        last = groups[-1][-1] if groups else None
        if last is None or a.residue() != last.residue() or (a.res != last.res and not (a.alt and last.alt)):
            groups.append([])
        groups[-1].append(a)
    return groups


def choose_altloc(group):
    """Keep one alternative location of a residue: the one with the highest occupancy, the first of equals."""
    weight = {}
    for a in group:
        if a.alt:
            weight[a.alt] = weight.get(a.alt, 0) + a.occ
    if not weight:
        return group, False
    best = max(weight, key=lambda k: weight[k])
    seen, kept = set(), []
    for a in group:
        if a.alt in ("", best) and a.name not in seen:
            seen.add(a.name)
            kept.append(a)
    return kept, True


def bonded(before, after):
    c = next((a for a in before if a.name == "C"), None)
    n = next((a for a in after if a.name == "N"), None)
    if c is None or n is None:
        return True
    return math.dist((c.x, c.y, c.z), (n.x, n.y, n.z)) <= BOND_MAX


def count(number, noun):
    return "%d %s%s" % (number, noun, "" if number == 1 else "s")


def pdb_line(serial, a, chain):
    name = a.name if len(a.name) > 3 else " " + a.name
    return "ATOM  %5d %-4s %-4s%1s%4d%1s   %8.3f%8.3f%8.3f  1.00  0.00\n" % (
        serial % 100000, name[:4], "%3s" % a.res, chain, a.num % 10000, a.icode, a.x, a.y, a.z)


def clean(path, fmt, out, keep_waters, remove_hetero):
    """Write the part of a structure a force field for proteins knows; what was left out is returned as warnings."""
    atoms = READERS[fmt](path)
    notes, alt, gaps, dropped, waters, selen = [], 0, 0, {}, 0, 0
    lines, serial, before = [], 0, None
    kept_waters = []
    for group in residues_of(atoms):
        group, had = choose_altloc(group)
        res = group[0].res
        names = {a.name for a in group}
        where = "%s %s%d%s" % (res, group[0].chain + ":" if group[0].chain else "", group[0].num, group[0].icode)
        if res == "MSE":
            selen += 1
            for a in group:
                a.res = res = "MET"
                a.name = "SD" if a.name == "SE" else a.name
        if res in WATER:
            waters += 1
            if keep_waters:
                kept_waters.append([a for a in group if a.name[0] == "O"])
            continue
        if res in NUCLEIC:
            athjob.fail("nucleic", "Residue %s is a nucleic acid; this template is for proteins." % where,
                        "Upload the protein chains only.")
        if res not in PROTEIN:
            if {"N", "CA", "C"} <= names:
                athjob.fail("unknown_residue", "Residue %s is part of the protein, but the force field does not know it."
                            % where, "Replace it by its standard parent residue in an editor and upload the structure again.")
            if not remove_hetero:
                athjob.fail("ligand", "%s is not part of a protein and the force field does not know it." % where,
                            "Switch on \"Remove ligands and ions\", or upload the protein alone.")
            dropped[res] = dropped.get(res, 0) + 1
            continue
        alt += had
        if before is not None and (before[0].chain != group[0].chain or not bonded(before, group)):
            lines.append("TER\n")
            gaps += before[0].chain == group[0].chain
        for a in group:
            serial += 1
            lines.append(pdb_line(serial, a, a.chain.strip(".")[:1] or " "))
        before = group
    if not serial:
        athjob.fail("no_protein", "The structure has no amino acids.", "Upload a protein.")
    lines.append("TER\n")
    for group in kept_waters:
        for a in group[:1]:
            a.name, a.res = "O", "HOH"
            serial += 1
            lines.append(pdb_line(serial, a, "W"))
    athjob.write_atomic(out, "".join(lines) + "END\n")
    if alt:
        notes.append("Alternative locations in %s: the one with the highest occupancy was used." % count(alt, "residue"))
    if gaps:
        notes.append("Residues are missing in %s of the chains; both sides of each gap were treated as free, charged "
                     "termini." % count(gaps, "place"))
    if selen:
        notes.append("%s simulated as methionine." % count(selen, "selenomethionine"))
    if dropped:
        notes.append("Left out of the simulation: " + ", ".join("%d × %s" % (n, r) for r, n in sorted(dropped.items())) + ".")
    if waters and not keep_waters:
        notes.append("%s of the structure replaced by the solvent." % count(waters, "water"))
    athjob.write_json("clean.json", {"warnings": notes})


# ---- text files ----------------------------------------------------------------------------------------------------

def xvg(path):
    """Columns of an .xvg file: (legends, [x…], [[y1…], [y2…]])."""
    legends, rows = {}, []
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            m = re.match(r'@ s(\d+) legend "(.*)"', line)
            if m:
                legends[int(m.group(1))] = m.group(2)
            elif line.strip() and line[0] not in "@#&":
                rows.append([float(v) for v in line.split()])
    if not rows:
        return [], [], []
    width = min(len(r) for r in rows)
    columns = [[r[i] for r in rows] for i in range(width)]
    return [legends.get(i, "") for i in range(width - 1)], columns[0], columns[1:]


def log_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def gro_summary(path):
    """(atoms, complete) of a .gro file; no atoms when it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            f.readline()
            atoms = int(f.readline())
            lines = sum(1 for _ in f)
    except (OSError, ValueError):
        return 0, False
    return atoms, lines == atoms + 1


def last_step(text):
    """The last step an mdrun log reports, or None."""
    found = re.findall(r"^ +Step +Time\n +(\d+) ", text, re.M)
    return int(found[-1]) if found else None


def stage_done(stage, steps):
    """The evidence: the log says finished after the asked step, and the final coordinates are whole.

    mdrun writes the final .gro only after its last step, not when -maxh or a signal stops it.
    """
    text = log_text(stage + ".log")
    atoms, whole = gro_summary(stage + ".gro")
    return bool(atoms and whole and "Finished mdrun" in text and last_step(text) == steps)


def stopped(stage):
    """Was the last part of the simulation, not an earlier attempt, ended by SIGTERM?"""
    return "Received the TERM signal" in log_text(stage + ".log").split("Started mdrun")[-1]


def minimised(stage):
    """(finished, largest force in kJ/mol/nm, potential energy) of an energy minimisation."""
    text = log_text(stage + ".log")
    atoms, whole = gro_summary(stage + ".gro")
    force = re.search(r"Maximum force\s*=\s*(\S+)", text)
    energy = re.search(r"Potential Energy\s*=\s*(\S+)", text)
    if not (atoms and whole and force and energy and "Finished mdrun" in text):
        return False, math.nan, math.nan
    return True, float(force.group(1)), float(energy.group(1))


def performance(path):
    """ns/day of the last part of a simulation, or None."""
    found = re.findall(r"^Performance:\s+(\S+)", log_text(path), re.M)
    return float(found[-1]) if found else None


def version(path):
    m = re.search(r"GROMACS version:\s+(\S+)", log_text(path))
    return "GROMACS " + m.group(1).split("-")[0] if m else "GROMACS"


# ---- trajectories --------------------------------------------------------------------------------------------------

def trr_frames(path):
    """Frames of a .trr file as (time in ps, array('f') of x, y, z in Å). XDR: everything big-endian."""
    with open(path, "rb") as f:
        while True:
            head = f.read(4)
            if not head:
                return
            if len(head) < 4 or struct.unpack(">i", head)[0] != 1993:
                raise ValueError("%s is not a .trr file" % path)
            length = struct.unpack(">2i", f.read(8))[1]
            f.read((length + 3) // 4 * 4)
            sizes = struct.unpack(">13i", f.read(52))
            box, virial, pressure, x, v, force, natoms = sizes[2], sizes[3], sizes[4], sizes[7], sizes[8], sizes[9], sizes[10]
            double = (box // 9 if box else x // (natoms * 3)) == 8
            t = struct.unpack(">2d" if double else ">2f", f.read(16 if double else 8))[0]
            f.seek(box + virial + pressure, os.SEEK_CUR)
            values = array.array("d" if double else "f")
            values.frombytes(f.read(x))
            if len(values) != natoms * 3:
                raise ValueError("%s ends within a frame" % path)
            if sys.byteorder == "little":
                values.byteswap()
            f.seek(v + force, os.SEEK_CUR)
            yield t, array.array("f", [c * 10 for c in values])


def pdb_with_coordinates(pdb, coords, out):
    """Copy a PDB file with other coordinates (Å), so that chains and residue numbers stay; returns the atom count."""
    i, lines = 0, []
    with open(pdb, encoding="utf-8") as f:
        for line in f:
            if line.startswith(("ATOM  ", "HETATM")):
                if i * 3 < len(coords):
                    lines.append("%s%8.3f%8.3f%8.3f%s" % ((line[:30],) + tuple(coords[i * 3:i * 3 + 3]) + (line[54:],)))
                i += 1
            elif line.startswith("TER"):
                lines.append("TER\n")
    if i * 3 < len(coords):
        raise ValueError("%s has fewer atoms than the trajectory" % pdb)
    athjob.write_atomic(out, "".join(lines) + "END\n")
    return len(coords) // 3


# ---- watching a running mdrun --------------------------------------------------------------------------------------

NAMES = {"Potential": "potential_kj_mol", "Total Energy": "total_energy_kj_mol", "Temperature": "temperature_k",
         "Pressure (bar)": "pressure_bar"}


class LogReader:
    """Reads a growing mdrun log: the latest step and its energies (columns of 15 characters)."""

    def __init__(self, path):
        self.path, self.offset, self.rest = path, 0, ""
        self.step, self.values, self.expect, self.names = None, {}, "", []

    def poll(self):
        try:
            with open(self.path, encoding="utf-8", errors="replace") as f:
                f.seek(self.offset)
                text = f.read()
                self.offset = f.tell()
        except OSError:
            return
        lines = (self.rest + text).split("\n")
        self.rest = lines.pop()
        for line in lines:
            self.line(line)

    def line(self, line):
        if self.expect == "step":
            self.expect = ""
            if re.match(r"\s+\d+\s+\d", line):
                self.step, self.values = int(line.split()[0]), {}
        elif re.match(r"\s+Step\s+Time", line):
            self.expect = "step"
        elif "Energies (kJ/mol)" in line:
            self.expect = "names"
        elif self.expect and not line.strip():
            self.expect = ""
        elif self.expect == "names":
            self.names = [line[i:i + 15].strip() for i in range(0, len(line), 15)]
            self.expect = "values"
        elif self.expect == "values":
            for name, text in zip(self.names, (line[i:i + 15] for i in range(0, len(line), 15))):
                try:
                    if name in NAMES:
                        self.values[NAMES[name]] = float(text)
                except ValueError:
                    pass
            self.expect = "names"


def watch(log, stage, steps, dt_ps, later):
    """At most one progress line a second while mdrun runs; later: steps of the stages after this one, for the ETA."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    reader, seen, last = LogReader(log), [], None
    reader.poll()
    reader.step = None  # what earlier attempts wrote is no news
    stop = None
    while not stop:
        stop = signal.sigtimedwait({signal.SIGTERM}, 1)
        reader.poll()  # once more after the signal: the last step is worth a line
        if reader.step is not None and reader.step != last:
            last = reader.step
            seen.append((time.monotonic(), last))
            del seen[:-60]
            rate = eta = None
            if len(seen) > 1 and last > seen[0][1]:
                rate = (last - seen[0][1]) / (seen[-1][0] - seen[0][0])
                eta = (steps - last + later) / rate
            speed = rate * dt_ps * 86.4 if rate and dt_ps > 0 else None
            athjob.progress(stage, last, steps, reader.values, speed, eta)


def main(argv):
    verb, args = argv[1], argv[2:]
    if verb == "clean":
        clean(args[0], args[1], args[2], args[3] == "1", args[4] == "1")
    elif verb == "watch":
        watch(args[0], args[1], int(args[2]), float(args[3]), int(args[4]))
    elif verb == "done":
        sys.exit(0 if stage_done(args[0], int(args[1])) else 1)
    elif verb == "stopped":
        sys.exit(0 if stopped(args[0]) else 1)
    elif verb == "minimised":
        ok, force, energy = minimised(args[0])
        print("%d %g %g" % (ok, force, energy))
    else:
        sys.exit("athgmx.py: unknown verb " + verb)


if __name__ == "__main__":
    main(sys.argv)
