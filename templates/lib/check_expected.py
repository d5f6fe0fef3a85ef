#!/usr/bin/env python3
"""Compare a results.json with what a template's sample expects: check_expected.py EXPECTED.json RESULTS.json

expected.json: {"version": 1, "checks": [check…]}, each check one of
  {"summary": NAME, …}                               a summary value
  {"table": NAME, "where": {COLUMN: value}, "column": COLUMN, …}   a cell of the first row that matches
  {"rows": TABLE, …} {"points": SERIES, …} {"frames": TRAJECTORY, …} {"natoms": TRAJECTORY, …}   counts
  {"warnings": "", …}                                the number of warnings
and either "value" with "tolerance", or "min" and/or "max". Every check may say "why".

Exit status 0 when all hold, 1 when one does not, 2 when the files cannot be read.
"""
import json
import sys


def named(rows, name):
    return next((r for r in rows if r["name"] == name), None)


def find(check, doc):
    """(what is checked, its number); the number is None when it is not there."""
    if "summary" in check:
        row = named(doc["summary"], check["summary"])
        return "summary " + check["summary"], row and row["value"]
    if "table" in check:
        what = "%s of %s where %s" % (check["column"], check["table"], check["where"])
        table = named(doc["tables"], check["table"])
        if not table:
            return what, None
        names = [c["name"] for c in table["columns"]]
        for row in table["rows"]:
            cells = dict(zip(names, row))
            if all(cells.get(k) == v for k, v in check["where"].items()):
                return what, cells.get(check["column"])
        return what, None
    if "rows" in check:
        table = named(doc["tables"], check["rows"])
        return "rows of " + check["rows"], table and len(table["rows"])
    if "points" in check:
        series = named(doc["series"], check["points"])
        return "points of " + check["points"], series and series["points"]
    for kind, key in (("frames", "nframes"), ("natoms", "natoms")):
        if kind in check:
            trajectory = named(doc["trajectories"], check[kind])
            return "%s of %s" % (kind, check[kind]), trajectory and trajectory[key]
    if "warnings" in check:
        return "warnings", len(doc["warnings"])
    raise ValueError("unknown check %s" % check)


def holds(check, value):
    if not isinstance(value, (int, float)):
        return False
    if "value" in check:
        return abs(value - check["value"]) <= check["tolerance"]
    if "min" not in check and "max" not in check:
        raise ValueError("check without value or bounds: %s" % check)
    return check.get("min", value) <= value <= check.get("max", value)


def wanted(check):
    if "value" in check:
        return "%s ± %s" % (check["value"], check["tolerance"])
    return "%s … %s" % (check.get("min", ""), check.get("max", ""))


def main(argv):
    try:
        with open(argv[1], encoding="utf-8") as f:
            expected = json.load(f)
        with open(argv[2], encoding="utf-8") as f:
            doc = json.load(f)
        if expected["version"] != 1 or not expected["checks"]:
            raise ValueError("%s has no checks of version 1" % argv[1])
        bad = 0
        for check in expected["checks"]:
            what, value = find(check, doc)
            if not holds(check, value):
                bad += 1
                print("NOT AS EXPECTED: %s is %s, should be %s" % (what, value, wanted(check)), file=sys.stderr)
    except (IndexError, KeyError, OSError, TypeError, ValueError) as e:
        print("check_expected.py: %s: %s" % (type(e).__name__, e), file=sys.stderr)
        return 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
