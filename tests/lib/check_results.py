#!/usr/bin/env python3
"""Check a run folder's results against docs/contracts.md section 3: check_results.py RUN_FOLDER

Every file named must exist with the size its numbers say, be inside the folder it belongs to, and hold finite numbers.
"""
import array
import json
import math
import os
import sys

SUMMARY = {"name": str, "label": str, "value": (int, float), "unit": str, "digits": int}
LIMITS = {"summary": 200, "series": 64, "tables": 32, "structures": 32, "trajectories": 8, "files": 1000}
KINDS = {"structure", "log", "trajectory", "table", "other"}
problems = []


def check(condition, text):
    if not condition:
        problems.append(text)
    return condition


def inside(root, name):
    """The path of a named file, or None when it leaves the folder or does not exist."""
    path = os.path.realpath(os.path.join(root, name))
    ok = check(path.startswith(os.path.realpath(root) + os.sep), "%s leaves its folder" % name)
    return path if ok and check(os.path.isfile(path), "%s does not exist" % name) else None


def check_keys(row, keys, where):
    for key, kind in keys.items():
        check(isinstance(row.get(key), kind), "%s: %s is missing or of the wrong type" % (where, key))


def numbers(path, kind):
    values = array.array(kind)
    with open(path, "rb") as f:
        values.frombytes(f.read())
    if sys.byteorder != "little":
        values.byteswap()
    return values


def check_series(results, row):
    where = "series %s" % row.get("name")
    check_keys(row, {"name": str, "label": str, "x": dict, "y": dict, "stage": str, "file": str, "points": int}, where)
    path = inside(results, row["file"])
    if path and check(os.path.getsize(path) == 16 * row["points"], where + ": the file has another number of points"):
        values = numbers(path, "d")
        check(all(math.isfinite(v) for v in values), where + ": not all numbers are finite")
        check(all(a <= b for a, b in zip(values[::2], values[2::2])), where + ": x goes back")


def check_trajectory(results, run, row):
    where = "trajectory %s" % row.get("name")
    check_keys(row, {"name": str, "label": str, "natoms": int, "nframes": int, "dt_ps": float, "t0_ps": float, "file": str,
                     "subsets": list}, where)
    path = inside(results, row["file"])
    size = 12 * row["natoms"] * row["nframes"]
    if path and check(os.path.getsize(path) == size, where + ": the file has another number of frames"):
        values = numbers(path, "f")
        check(all(math.isfinite(v) for v in values), where + ": not all coordinates are finite")
        for i in range(3):
            column = values[i:3 * row["natoms"]:3]
            check(max(column) - min(column) < 1000, where + ": the first frame is wider than 1000 Å")
    for subset in row["subsets"]:
        topology = inside(results, subset["topology"])
        if topology and subset["indices"] is None and topology.endswith(".pdb"):
            with open(topology, encoding="utf-8") as f:
                atoms = sum(l.startswith(("ATOM", "HETATM")) for l in f)
            check(atoms == row["natoms"], where + ": the topology has %d atoms" % atoms)
    if "raw" in row:
        inside(run, row["raw"])


def check_table(row):
    where = "table %s" % row.get("name")
    check_keys(row, {"name": str, "label": str, "columns": list, "rows": list}, where)
    types = {"int": int, "float": (int, float), "text": str}
    check(len(row["rows"]) <= 10000, where + ": too many rows")
    for cells in row["rows"]:
        ok = len(cells) == len(row["columns"]) and all(isinstance(v, types[c["type"]])
                                                       for v, c in zip(cells, row["columns"]))
        if not check(ok, where + ": row %s does not fit its columns" % cells):
            break


def no_constants(word):
    raise ValueError("%s is not JSON" % word)


def main(run):
    results = os.path.join(run, "results")
    with open(os.path.join(results, "results.json"), encoding="utf-8") as f:
        doc = json.load(f, parse_constant=no_constants)
    check_keys(doc, {"version": int, "template": str, "title": str, "summary": list, "series": list, "tables": list,
                     "structures": list, "trajectories": list, "files": list, "provenance": dict, "methods": str,
                     "citations": list, "warnings": list}, "results.json")
    for key, limit in LIMITS.items():
        check(len(doc[key]) <= limit, "too many " + key)
        names = [r.get("name", r.get("path")) for r in doc[key]]
        check(len(set(names)) == len(names), "names of %s are not unique" % key)
    for row in doc["summary"]:
        check_keys(row, SUMMARY, "summary %s" % row.get("name"))
        check(math.isfinite(row["value"]), "summary %s is not finite" % row["name"])
    for row in doc["series"]:
        check_series(results, row)
    for row in doc["tables"]:
        check_table(row)
    for row in doc["structures"]:
        check_keys(row, {"name": str, "label": str, "file": str, "format": str, "atoms": int}, "structure")
        inside(results, row["file"])
    for row in doc["trajectories"]:
        check_trajectory(results, run, row)
    for row in doc["files"]:
        path = inside(run, row["path"])
        check(row["kind"] in KINDS, "file %s has an unknown kind" % row["path"])
        check(not path or os.path.getsize(path) == row["bytes"], "file %s has another size" % row["path"])
    for row in doc["citations"]:
        check_keys(row, {"key": str, "text": str, "doi": str}, "citation")
    prov = doc["provenance"]
    check_keys(prov, {"engine": str, "modules": list, "host": str, "commands": list, "inputs": dict}, "provenance")
    check(prov["commands"] and prov["inputs"], "provenance names no commands or inputs")
    check(not any(os.path.realpath(run) in c for c in prov["commands"]), "provenance shows paths of the machine")
    check(doc["methods"], "no methods text")
    for text in problems:
        print("check_results: " + text, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
