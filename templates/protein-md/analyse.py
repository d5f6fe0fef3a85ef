#!/usr/bin/env python3
"""Analysis of a finished protein simulation: energies, RMSD, radius of gyration, RMSF, preview frames, results.json.

Flow: GROMACS tools write .xvg and .trr files into work/analysis, athgmx reads them, athjob.Results writes results/.

Caveats: called only after the production stage has shown its evidence; it still checks that energies and frames reach
the end. Molecules are made whole against em.tpr, where the protein lies unbroken in the middle of its box.
"""
import math
import os
import re
import subprocess
import sys

import athgmx
import athjob

GMX = os.environ.get("GMX", "gmx")
FORCE_FIELDS = {
    "amber99sb-ildn": ("AMBER99SB-ILDN", {"key": "lindorff2010", "doi": "10.1002/prot.22711", "text":
        "K. Lindorff-Larsen, S. Piana, K. Palmo, P. Maragakis, J. L. Klepeis, R. O. Dror, D. E. Shaw: Improved side-chain "
        "torsion potentials for the Amber ff99SB protein force field. Proteins 78 (2010) 1950-1958."}),
    "charmm27": ("CHARMM22/CMAP (CHARMM27)", {"key": "mackerell2004", "doi": "10.1002/jcc.20065", "text":
        "A. D. MacKerell, M. Feig, C. L. Brooks: Extending the treatment of backbone energetics in protein force fields. "
        "J. Comput. Chem. 25 (2004) 1400-1415."}),
    "oplsaa": ("OPLS-AA/L", {"key": "kaminski2001", "doi": "10.1021/jp003919d", "text":
        "G. A. Kaminski, R. A. Friesner, J. Tirado-Rives, W. L. Jorgensen: Evaluation and reparametrization of the OPLS-AA "
        "force field for proteins via comparison with accurate quantum chemical calculations on peptides. "
        "J. Phys. Chem. B 105 (2001) 6474-6487."})}
WATERS = {
    "tip3p": ("TIP3P", {"key": "jorgensen1983", "doi": "10.1063/1.445869", "text":
        "W. L. Jorgensen, J. Chandrasekhar, J. D. Madura, R. W. Impey, M. L. Klein: Comparison of simple potential functions "
        "for simulating liquid water. J. Chem. Phys. 79 (1983) 926-935."}),
    "spce": ("SPC/E", {"key": "berendsen1987", "doi": "10.1021/j100308a038", "text":
        "H. J. C. Berendsen, J. R. Grigera, T. P. Straatsma: The missing term in effective pair potentials. "
        "J. Phys. Chem. 91 (1987) 6269-6271."})}
BOXES = {"dodecahedron": "rhombic dodecahedral", "octahedron": "truncated octahedral", "cubic": "cubic"}
WATERS["tip4p"] = ("TIP4P", WATERS["tip3p"][1])


def gmx(name, args, stdin=""):
    """Run a GROMACS tool in work/, recorded like every other command; stop with its log otherwise."""
    command = [GMX, "-nocopyright"] + args
    with open("commands.log", "a", encoding="utf-8") as f:
        f.write(" ".join(command) + "\n")
    env = dict(os.environ, GMX_MAXBACKUP="-1")
    with open("analysis/%s.log" % name, "w", encoding="utf-8") as log:
        done = subprocess.run(command, input=stdin, text=True, stdout=log, stderr=subprocess.STDOUT, env=env, check=False)
    if done.returncode != 0:
        print("\n".join(athjob.log_tail("analysis/%s.log" % name)))
        sys.exit("gmx %s exited with status %d" % (args[0], done.returncode))


def energies(stage, names):
    """{name: (times, values)} of the energy terms of a stage."""
    gmx("energy-" + stage, ["energy", "-f", stage + ".edr", "-o", "analysis/%s.xvg" % stage], "\n".join(names) + "\n\n")
    legends, times, columns = athgmx.xvg("analysis/%s.xvg" % stage)
    found = {legend.replace(" ", "-"): (times, column) for legend, column in zip(legends, columns)}
    for name in names:
        if name not in found or not all(math.isfinite(v) for v in found[name][1]):
            athjob.fail("bad_energies", "The %s of stage %s is missing or not a number." % (name.lower(), stage),
                        "The simulation became unstable; use a smaller time step or check the structure.")
    return found


def add_energies(res):
    terms = (("potential", "Potential", "Potential energy", "kJ/mol", 0),
             ("total_energy", "Total-Energy", "Total energy", "kJ/mol", 0),
             ("temperature", "Temperature", "Temperature", "K", 1),
             ("pressure", "Pressure", "Pressure", "bar", 0),
             ("density", "Density", "Density", "kg/m³", 1))
    found = energies("md", [t[1] for t in terms])
    for name, term, label, unit, digits in terms:
        times, values = found[term]
        error = athjob.block_error(values)
        res.value(name, label, athjob.mean(values), unit, digits, error,
                  "mean over the production run" + ("" if error is not None else "; too short for an error estimate"))
    for name, term, label, unit, _ in terms:
        res.series(name, label, ("Time", "ps"), (label, unit), *found[term], "production")
    for stage, where, term, name, label, unit, x in (
            ("em", "minimise", "Potential", "minimise_potential", "Potential energy, minimisation", "kJ/mol", ("Step", "")),
            ("nvt", "nvt", "Temperature", "nvt_temperature", "Temperature, heating", "K", ("Time", "ps")),
            ("npt", "npt", "Density", "npt_density", "Density, equilibration", "kg/m³", ("Time", "ps"))):
        if os.path.isfile(stage + ".edr"):
            res.series(name, label, x, (label.split(",")[0], unit), *energies(stage, [term])[term], where)
    return found["Temperature"][0][-1]


def protein_trajectory(save_atoms):
    """analysis/protein.{tpr,xtc}: protein only, whole, not jumping through the walls of the box."""
    gmx("convert-tpr", ["convert-tpr", "-s", "em.tpr", "-o", "analysis/protein.tpr"], "Protein\n")
    source = "analysis/protein.tpr" if save_atoms == "Protein" else "em.tpr"
    gmx("nojump", ["trjconv", "-s", source, "-f", "md.xtc", "-o", "analysis/protein.xtc", "-pbc", "nojump"], "Protein\n")


def add_geometry(res):
    def column(name):
        _, times, columns = athgmx.xvg("analysis/%s.xvg" % name)
        return times, columns[0]

    files = ["-s", "analysis/protein.tpr", "-f", "analysis/protein.xtc"]
    gmx("rms", ["rms"] + files + ["-o", "analysis/rmsd.xvg", "-tu", "ps"], "Backbone\nBackbone\n")
    gmx("gyrate", ["gyrate"] + files + ["-o", "analysis/gyration.xvg"], "Protein\n")
    gmx("rmsf", ["rmsf"] + files + ["-o", "analysis/rmsf.xvg", "-res"], "C-alpha\n")
    for name, label in (("rmsd", "Backbone RMSD from the start"), ("gyration", "Radius of gyration")):
        times, values = column(name)
        half = values[len(values) // 2:]
        res.value(name, label, athjob.mean(half), "nm", 3, athjob.block_error(half), "mean over the second half")
        res.series(name, label, ("Time", "ps"), (label, "nm"), times, values, "production")
    add_flexibility(res, column("rmsf")[1])


def add_flexibility(res, values):
    """RMSF by residue. Numbers begin again in every chain, so the plot runs over all residues; the table names them."""
    with open("protein.pdb", encoding="utf-8") as f:
        names = [(l[21].strip(), l[17:21].strip(), int(l[22:26])) for l in f if l.startswith("ATOM") and l[12:16].strip() == "CA"]
    if len(names) != len(values):
        athjob.fail("analysis", "The flexibility has %d residues, the protein %d." % (len(values), len(names)),
                    "Report this to the template's author.")
    numbers = [float(number) for _, _, number in names]
    if any(b <= a for a, b in zip(numbers, numbers[1:])):
        numbers = [float(i + 1) for i in range(len(names))]
    res.series("rmsf", "Flexibility by residue (RMSF)", ("Residue", ""), ("RMSF of Cα", "nm"), numbers, values, "production")
    res.table("flexibility", "Flexibility by residue", [("chain", "Chain", "", "text"), ("residue", "Residue", "", "text"),
              ("number", "Number", "", "int"), ("rmsf", "RMSF of Cα", "nm", "float")],
              [[chain, name, number, v] for (chain, name, number), v in zip(names, values)][:10000])


def add_structures(res, last_ps, frames_expected):
    """Preview frames, their topology, and the final structure; returns the number of protein atoms."""
    interval = athjob.param("output_interval_ps")
    stride = max(1, math.ceil((frames_expected - 1) / max(1, athjob.param("preview_frames") - 1)))
    gmx("preview", ["trjconv", "-s", "analysis/protein.tpr", "-f", "analysis/protein.xtc", "-o", "analysis/preview.trr",
                    "-fit", "rot+trans", "-skip", str(stride)], "Backbone\nProtein\n")
    times, first = [], []

    def frames():
        for t, xyz in athgmx.trr_frames("analysis/preview.trr"):
            times.append(t)
            if not first:
                first.append(xyz[:])
            yield xyz

    count = res.trajectory("preview", "Protein, fitted on its backbone", frames(), interval * stride, 0.0, "preview.pdb",
                           "work/md.xtc")
    if count < 2 or abs(times[-1] - (count - 1) * interval * stride) > interval:
        athjob.fail("trajectory_short", "The trajectory ends at %g ps instead of %g ps." % (times[-1] if times else 0, last_ps),
                    "Run again from the start; do not remove files of a run that has not ended.")
    natoms = athgmx.pdb_with_coordinates("protein.pdb", first[0], res.path("preview.pdb"))

    gmx("final", ["trjconv", "-s", "em.tpr", "-f", "md.gro", "-o", "analysis/final.trr", "-pbc", "nojump"], "Protein\n")
    athgmx.pdb_with_coordinates("protein.pdb", next(athgmx.trr_frames("analysis/final.trr"))[1], res.path("final.pdb"))
    res.structure("final", "Protein at the end", "final.pdb", "pdb", natoms)
    res.structure("start", "Protein at the start of production", "preview.pdb", "pdb", natoms)
    return natoms


def count_frames(path):
    gmx("check", ["check", "-f", path])
    m = re.search(r"^Coords\s+(\d+)", athgmx.log_text("analysis/check.log"), re.M)
    return int(m.group(1)) if m else 0


def molecules():
    """Counts of the [ molecules ] table of the topology."""
    text = athgmx.log_text("topol.top").split("[ molecules ]")[-1]
    counts = {}
    for line in text.splitlines():
        words = line.split(";")[0].split()
        if len(words) == 2 and words[1].isdigit():
            counts[words[0]] = counts.get(words[0], 0) + int(words[1])
    return counts


def methods(params, atoms, counts, engine):
    water = counts.get("SOL", 0)
    ions = "%d Na+ and %d Cl- ions" % (counts.get("NA", 0), counts.get("CL", 0))
    hydrogens = " Hydrogen masses were repartitioned to 4 u." if params["heavy_hydrogens"] else ""
    vdw = ("Lennard-Jones forces were switched off smoothly from %.2f to %.2f nm" % (params["cutoff_nm"] - 0.2, params["cutoff_nm"])
           if params["vdw"] == "force-switch" else
           "Lennard-Jones interactions were cut off at %.2f nm with a shifted potential" % params["cutoff_nm"])
    tail = (" and long-range corrections to energy and pressure" if params["dispersion_correction"] == "EnerPres" else "")
    return """The protein was simulated with %s, the %s force field and the %s water model in a %s box at least %.2f nm
        from the solute, with %d water molecules and %s (%d atoms in all). Electrostatics were computed by particle-mesh
        Ewald with a real-space cut-off of %.2f nm; %s%s. Constraints on %s were kept by LINCS, water by SETTLE; the time
        step was %g fs.%s After steepest-descent minimisation the system was heated for %g ps at constant volume and
        equilibrated for %g ps at constant pressure with position restraints on heavy protein atoms. Production took
        %g ns at %g K (velocity-rescaling thermostat, time constant 0.1 ps) and %g bar (stochastic cell rescaling, 2 ps).
        Starting velocities and ion positions used the random seed %d.""" % (
            engine, FORCE_FIELDS[params["force_field"]][0], WATERS[params["water"]][0], BOXES[params["box_type"]],
            params["box_distance_nm"], water, ions, atoms, params["cutoff_nm"], vdw, tail,
            "bonds to hydrogen" if params["constraints"] == "h-bonds" else "all bonds", params["timestep_fs"], hydrogens,
            params["nvt_ps"], params["npt_ps"], params["production_ns"], params["temperature_k"], params["pressure_bar"],
            params["seed"])


def main():
    params = athjob.read_json(athjob.run_path("params.json"))
    os.makedirs("analysis", exist_ok=True)
    res = athjob.Results("Protein in water, %g ns" % params["production_ns"])
    atoms, _ = athgmx.gro_summary("md.gro")
    steps, every = int(os.environ["ATH_D_MD_STEPS"]), int(os.environ["ATH_D_OUTPUT_NST"])
    expected = steps // every + 1

    frames = count_frames("md.xtc")
    if frames != expected:
        athjob.fail("trajectory_short", "The trajectory has %d frames instead of %d." % (frames, expected),
                    "Run again from the start; do not remove files of a run that has not ended.")
    last_ps = add_energies(res)
    protein_trajectory(params["save_atoms"])
    add_geometry(res)
    natoms = add_structures(res, last_ps, frames)

    res.value("simulated_time", "Simulated time", last_ps / 1000, "ns", 4)
    res.value("frames", "Saved frames", frames, "", 0)
    res.value("atoms", "Atoms in the box", atoms, "", 0)
    res.value("protein_atoms", "Atoms of the protein", natoms, "", 0)
    speed = athgmx.performance("md.log")
    if speed is not None:
        res.value("speed", "Speed", speed, "ns/day", 1, note="of the last attempt")

    engine = athgmx.version("md.log")
    counts = molecules()
    res.table("composition", "Composition", [("name", "Molecule", "", "text"), ("count", "Count", "", "int")],
              [[name, number] for name, number in counts.items()])
    for text in athjob.read_json("clean.json", {"warnings": []})["warnings"]:
        res.warn(text)
    for text in athgmx.log_text("notes.txt").splitlines():
        res.warn(text)
    if last_ps < 1000:
        res.warn("The simulation is shorter than 1 ns: enough to see that everything works, too short to conclude from.")
    ff, water = FORCE_FIELDS[params["force_field"]][1], WATERS[params["water"]][1]
    res.doc["citations"] = res.doc["citations"] + [ff, water]
    res.methods(methods(params, atoms, counts, engine))
    res.provenance(engine, [os.environ["ATH_STRUCTURE"]] + [athjob.run_path("rendered", m + ".mdp")
                                                             for m in ("ions", "em", "nvt", "npt", "md")], params["seed"])
    for path, label, kind in (("results/final.pdb", "Protein at the end", "structure"),
                              ("work/md.gro", "Whole system at the end", "structure"),
                              ("work/md.xtc", "Trajectory", "trajectory"), ("work/md.edr", "Energies", "other"),
                              ("work/md.tpr", "Run input", "other"), ("work/topol.top", "Topology", "other"),
                              ("work/md.cpt", "Last checkpoint", "other"), ("work/md.log", "Log of the production", "log"),
                              ("work/pdb2gmx.log", "Log of pdb2gmx", "log")):
        res.file(path, label, kind)
    res.write()


if __name__ == "__main__":
    main()
