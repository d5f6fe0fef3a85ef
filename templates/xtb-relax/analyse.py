#!/usr/bin/env python3
"""Analysis of an xtb optimisation: energies, vibrations, orbitals, charges, the path of the optimisation, results.json.

Caveats: energies are of the optimised geometry in opt/; thermochemistry is in hess/ when it was asked for. GFN-FF has
no orbitals, so those rows and tables are simply absent then.
"""
import array
import math
import os
import re

import athjob
import molecule

HARTREE_KJ = 2625.4996395
HARTREE_KCAL = 627.50947406
IMAGINARY = -20.0  # 1/cm; softer imaginary modes are numerical noise of flat directions
WIDTH = 20.0       # 1/cm, full width at half maximum of the drawn spectrum
METHODS = {
    "gfn2": ("GFN2-xTB", {"key": "bannwarth2019", "doi": "10.1021/acs.jctc.8b01176", "text":
        "C. Bannwarth, S. Ehlert, S. Grimme: GFN2-xTB - An accurate and broadly parametrized self-consistent tight-binding "
        "quantum chemical method. J. Chem. Theory Comput. 15 (2019) 1652-1671."}),
    "gfn1": ("GFN1-xTB", {"key": "grimme2017", "doi": "10.1021/acs.jctc.7b00118", "text":
        "S. Grimme, C. Bannwarth, P. Shushkov: A robust and accurate tight-binding quantum chemical method for structures, "
        "vibrational frequencies, and noncovalent interactions. J. Chem. Theory Comput. 13 (2017) 1989-2009."}),
    "gfnff": ("GFN-FF", {"key": "spicher2020", "doi": "10.1002/anie.202004239", "text":
        "S. Spicher, S. Grimme: Robust atomistic modeling of materials, organometallic, and biochemical systems. "
        "Angew. Chem. Int. Ed. 59 (2020) 15665-15673."})}
ALPB = {"key": "ehlert2021", "doi": "10.1021/acs.jctc.1c00471", "text":
        "S. Ehlert, M. Stahn, S. Spicher, S. Grimme: Robust and efficient implicit solvation model for fast semiempirical "
        "methods. J. Chem. Theory Comput. 17 (2021) 4250-4261."}


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def last_number(pattern, text):
    found = re.findall(pattern + r"\s+(-?\d+\.\d+)", text)
    return float(found[-1]) if found else None


def need(value, name):
    if value is None or not math.isfinite(value):
        athjob.fail("bad_output", "xtb's output has no usable %s." % name, "Look at the log; this version of xtb may be unknown.")
    return value


def add_orbitals(res, doc):
    energies, occupation = doc["orbital energies/eV"], doc["fractional occupation"]
    filled = [i for i, o in enumerate(occupation) if o > 0.5]
    homo = filled[-1] if filled else None
    if homo is not None and homo + 1 < len(energies):
        res.value("gap", "HOMO-LUMO gap", energies[homo + 1] - energies[homo], "eV", 3)
        res.value("homo", "Highest occupied orbital", energies[homo], "eV", 3)
        res.value("lumo", "Lowest empty orbital", energies[homo + 1], "eV", 3)
        if energies[homo + 1] - energies[homo] < 0.5:
            res.warn("The gap between occupied and empty orbitals is below 0.5 eV: a single-configuration method may be "
                     "unreliable here.")
    rows = []
    for i, (energy, occ) in enumerate(zip(energies, occupation)):
        name = ("" if homo is None else "HOMO" if i == homo else "LUMO" if i == homo + 1 else
                "HOMO-%d" % (homo - i) if i < homo else "LUMO+%d" % (i - homo - 1))
        rows.append([i + 1, name, occ, energy])
    res.table("orbitals", "Orbital energies", [("orbital", "Orbital", "", "int"), ("name", "Name", "", "text"),
              ("occupation", "Occupation", "", "float"), ("energy", "Energy", "eV", "float")], rows[:10000])


def spectrum(modes):
    """Lorentzian lines of WIDTH on a grid of 2/cm, in km/mol per 1/cm."""
    real = [(v, i) for v, i in modes if v > 0]
    top = max([v for v, _ in real] + [3000]) + 200
    xs = [2.0 * k for k in range(int(top / 2) + 1)]
    half = WIDTH / 2
    return xs, [sum(i * half / math.pi / ((x - v) ** 2 + half * half) for v, i in real) for x in xs]


def add_vibrations(res, text, temperature):
    modes, _ = molecule.read_modes("hess/vibspectrum")
    zero = need(last_number(r"zero point energy", text), "zero-point energy")
    enthalpy = need(last_number(r"TOTAL ENTHALPY", text), "enthalpy")
    free = need(last_number(r"TOTAL FREE ENERGY", text), "free energy")
    res.value("zero_point", "Zero-point energy", zero * HARTREE_KJ, "kJ/mol", 2)
    res.value("enthalpy", "Enthalpy", enthalpy, "Eh", 6, note="at %g K" % temperature)
    res.value("free_energy", "Free energy", free, "Eh", 6, note="at %g K, 1 atm, rigid rotor and harmonic oscillator" % temperature)
    res.value("entropy", "Entropy", (enthalpy - free) * HARTREE_KJ * 1000 / temperature, "J/(mol·K)", 1)
    res.value("lowest_mode", "Lowest vibration", min(v for v, _ in modes) if modes else 0.0, "1/cm", 1)
    imaginary = [v for v, _ in modes if v < IMAGINARY]
    res.value("imaginary_modes", "Imaginary vibrations", len(imaginary), "", 0)
    if imaginary:
        res.warn("%d vibration(s) are imaginary (lowest %.0f 1/cm): this is not a minimum but a saddle point. Distort the "
                 "molecule along that motion and relax it again." % (len(imaginary), min(imaginary)))
    res.table("frequencies", "Vibrations", [("mode", "Mode", "", "int"), ("wavenumber", "Wavenumber", "1/cm", "float"),
              ("intensity", "IR intensity", "km/mol", "float")], [[i + 1, v, s] for i, (v, s) in enumerate(modes)])
    res.series("ir", "Infrared spectrum", ("Wavenumber", "1/cm"), ("Absorption", "km/mol per 1/cm"), *spectrum(modes), "frequencies")


def add_path(res):
    """Energy and shape along the optimisation, earlier attempts included."""
    frames = (molecule.read_frames("path.xyz") if os.path.exists("path.xyz") else []) + molecule.read_frames("opt/xtbopt.log")
    number = r"(-?\d+\.\d+(?:[eE][-+]\d+)?)"
    found = [re.search(r"energy:\s*%s\s+gnorm:\s*%s" % (number, number), comment) for comment, _ in frames]
    steps = [float(i) for i, m in enumerate(found) if m]
    values = [float(m.group(1)) for m in found if m]
    if values:
        res.series("energy", "Energy during optimisation", ("Cycle", ""), ("Energy above the last", "kJ/mol"), steps,
                   [(v - values[-1]) * HARTREE_KJ for v in values], "optimise")
        res.series("gradient", "Gradient norm during optimisation", ("Cycle", ""), ("Gradient norm", "Eh/bohr"), steps,
                   [float(m.group(2)) for m in found if m], "optimise")
        res.value("relaxation", "Energy gained by relaxing", (values[0] - values[-1]) * HARTREE_KCAL, "kcal/mol", 2)
    res.value("cycles", "Optimisation cycles", len(frames), "", 0)
    stride = max(1, math.ceil(len(frames) / 500))
    shown = frames[::stride]
    molecule.write_xyz(res.path("start.xyz"), frames[0][1], "start of the optimisation")
    res.trajectory("preview", "Path of the optimisation", (array.array("f", [c for a in atoms for c in a[1:]])
                   for _, atoms in shown), float(stride), 0.0, "start.xyz", "work/opt/xtbopt.log")


def add_atoms(res, atoms, charges):
    columns = [("atom", "Atom", "", "int"), ("element", "Element", "", "text"), ("x", "x", "Å", "float"),
               ("y", "y", "Å", "float"), ("z", "z", "Å", "float")]
    rows = [[i + 1, a[0], a[1], a[2], a[3]] for i, a in enumerate(atoms)]
    if len(charges) == len(atoms):
        columns.append(("charge", "Partial charge", "e", "float"))
        rows = [row + [q] for row, q in zip(rows, charges)]
    res.table("atoms", "Atoms", columns, rows)
    if os.path.exists("opt/wbo"):
        bonds = [l.split() for l in read("opt/wbo").splitlines() if len(l.split()) == 3]
        rows = []
        for i, j, order in bonds:
            a, b = atoms[int(i) - 1], atoms[int(j) - 1]
            if float(order) >= 0.5:
                rows.append(["%s%s-%s%s" % (a[0], i, b[0], j), math.dist(a[1:], b[1:]), float(order)])
        res.table("bonds", "Bonds", [("bond", "Bond", "", "text"), ("length", "Length", "Å", "float"),
                  ("order", "Wiberg bond order", "", "float")], rows)


def main():
    params = athjob.read_json(athjob.run_path("params.json"))
    log = read("opt/opt.log")
    version = re.search(r"xtb version (\S+)", log)
    engine = "xtb " + (version.group(1) if version else "")
    name, citation = METHODS[params["method"]]
    solvent = "" if params["solvent"] == "none" else " in " + params["solvent"]
    res = athjob.Results("Relaxed molecule, %s%s" % (name, solvent))
    _, atoms = molecule.read_frames("opt/xtbopt.xyz")[0]

    res.value("energy", "Total energy", need(last_number(r"TOTAL ENERGY", log), "energy"), "Eh", 6, note=name + solvent)
    has_orbitals = params["method"] != "gfnff"
    if has_orbitals:
        doc = athjob.read_json("opt/xtbout.json")
        dipole = re.findall(r"full:\s+\S+\s+\S+\s+\S+\s+(\d+\.\d+)", log)
        if dipole:
            res.value("dipole", "Dipole moment", float(dipole[-1]), "D", 2)
        add_orbitals(res, doc)
    if params["frequencies"]:
        add_vibrations(res, read("hess/hess.log"), params["temperature_k"])
    else:
        res.warn("Without vibrations it is not known whether this geometry is a minimum.")
    res.value("gradient_norm", "Remaining gradient", need(last_number(r"GRADIENT NORM", log), "gradient"), "Eh/bohr", 6)
    add_path(res)
    res.value("atoms", "Atoms", len(atoms), "", 0)
    charges = [float(v) for v in read("opt/charges").split()] if has_orbitals and os.path.exists("opt/charges") else []
    add_atoms(res, atoms, charges)

    molecule.write_xyz(res.path("relaxed.xyz"), atoms, "%s%s, relaxed" % (name, solvent))
    res.structure("relaxed", "Relaxed molecule", "relaxed.xyz", "xyz", len(atoms))
    vibrations = (" Harmonic vibrations and thermochemistry (rigid rotor, harmonic oscillator with quasi-harmonic treatment of "
                  "low modes, %g K) were computed at the optimised geometry." % params["temperature_k"]
                  if params["frequencies"] else "")
    res.methods("""The geometry was optimised with %s as implemented in %s (total charge %d, %d unpaired electrons%s;
        convergence level "%s").%s""" % (name, engine, params["charge_e"], params["unpaired_electrons"],
                ", implicit solvent ALPB(%s)" % params["solvent"] if solvent else "", params["opt_level"], vibrations))
    res.doc["citations"] = res.doc["citations"] + [citation] + ([ALPB] if solvent else [])
    res.provenance(engine, [os.environ["ATH_STRUCTURE"], athjob.run_path("rendered", "xtb.inp")])
    for path, label, kind in (("results/relaxed.xyz", "Relaxed molecule", "structure"),
                              ("work/opt/xtbopt.log", "Path of the optimisation", "trajectory"),
                              ("work/opt/opt.log", "Log of the optimisation", "log"),
                              ("work/hess/hess.log", "Log of the vibrations", "log"),
                              ("work/hess/g98.out", "Vibrations for viewers (Gaussian format)", "other"),
                              ("work/hess/hessian", "Hessian", "other")):
        res.file(path, label, kind)
    res.write()


if __name__ == "__main__":
    main()
