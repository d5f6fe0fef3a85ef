"""The job library in Python: outcome, progress, numbers and results.json of one run.

Flow: run.sh calls this file as a program (outcome and progress); analyse.py imports it and fills a Results object,
which writes series and frames as they come and results.json last, atomically.

Caveats: standard library only, Python 3.9 or newer, because it runs on compute nodes. Everything is relative to
ATH_RUN_DIR. Numbers that are not finite never reach a JSON file: json.dumps is called with allow_nan=False.
"""
import array
import errno
import hashlib
import json
import math
import os
import platform
import re
import sys
import tempfile
import time

RUN_DIR = os.environ.get("ATH_RUN_DIR", ".")
LINE_MAX = 4000   # a progress line over 4 kB is ignored by its reader
LOG_TAIL = 20     # lines of a log shown with a failure
LOG_READ = 8 << 20
DISK_PROBE_B = 64 << 10


def run_path(*parts):
    return os.path.join(RUN_DIR, *parts)


def write_atomic(path, text):
    """Write a whole file or nothing."""
    part = path + ".part"
    with open(part, "w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    os.replace(part, path)


def write_json(path, value):
    write_atomic(path, json.dumps(value, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path, default=None):
    if default is not None and not os.path.exists(path):
        return default
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def template():
    return read_json(run_path("template", "template.json"))


def param(name):
    """A resolved parameter with its type, from params.json."""
    return read_json(run_path("params.json"))[name]


def sha256_file(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def fail(code, text, hint):
    """Leave a Python step with a cause; run.sh passes it on through ath_explain."""
    write_json("cause.json", {"cause": code, "text": text, "hint": hint})
    sys.exit("%s: %s" % (code, text))


# ---- outcome -------------------------------------------------------------------------------------------------------

def log_tail(path, count=LOG_TAIL):
    try:
        with open(path, "rb") as f:
            f.seek(0, os.SEEK_END)
            f.seek(max(0, f.tell() - LOG_READ))
            text = f.read().decode("utf-8", "replace")
    except OSError:
        return []
    lines = [l.rstrip()[:300] for l in text.replace("\r", "\n").split("\n") if l.strip()]
    return lines if count is None else lines[-count:]


def outcome_failed(cause, text, hint, log=None, lines=None):
    doc = {"outcome": "failed", "cause": cause, "text": text, "hint": hint}
    if log:
        path = os.path.abspath(log)
        root = os.path.abspath(RUN_DIR) + os.sep
        if path.startswith(root):
            doc["log"] = path[len(root):]
        doc["lines"] = log_tail(log) if lines is None else lines
    write_json(run_path("outcome.json"), doc)


def disk_refuses():
    """ENOSPC or EDQUOT when the disk takes no more, else None. Asked by writing, for a quota shows nowhere else."""
    try:
        with tempfile.TemporaryFile(dir=".") as probe:
            probe.write(bytes(DISK_PROBE_B))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as e:
        return e.errno if e.errno in (errno.ENOSPC, errno.EDQUOT) else None
    return None


def explain(step, logs):
    """Name the cause of a failed step: the step's own word, else the first line of the template's failure table, else
    a full disk, which often cuts the very log that would say so."""
    if os.path.exists("cause.json"):
        cause = read_json("cause.json")
        os.remove("cause.json")
        return outcome_failed(cause["cause"], cause["text"], cause["hint"], logs[0] if logs else None)
    table = template().get("failures", [])
    for log in logs:
        lines = log_tail(log, None)
        # Engines wrap their messages, so a match may begin on one line and end on the next two.
        joined = [" ".join(l.strip() for l in lines[i:i + 3]) for i in range(len(lines))]
        for row in table:
            for i, line in enumerate(joined):
                if row["match"] in line:
                    return outcome_failed(row["code"], row["text"], row["hint"], log, lines[max(0, i - 4):i + 10])
    refusal = disk_refuses()
    if refusal:
        return outcome_failed("disk_full", "The disk is full." if refusal == errno.ENOSPC else "The storage quota is used up.",
                              "Free space or ask for a larger quota, then run again.", logs[0] if logs else None)
    lines = log_tail(logs[0], None) if logs else []
    marks = [i for i, line in enumerate(lines) if re.search(r"\berror\b", line, re.I)]
    return outcome_failed("step_failed", "The step \"%s\" failed." % step,
                          "Read the lines of its log below; the last ones usually name the reason.",
                          logs[0] if logs else None, lines[max(0, marks[-1] - 4):][:LOG_TAIL] if marks else lines[-LOG_TAIL:])


# ---- progress ------------------------------------------------------------------------------------------------------

def progress(stage, step, steps, values=None, ns_per_day=None, eta_s=None):
    """Append one line; the fraction of the whole run follows from the weights of the template's stages."""
    rows = template()["stages"]
    names = [r["name"] for r in rows]
    total = sum(r["weight"] for r in rows)
    at = names.index(stage)
    inside = min(1.0, max(0.0, step / steps)) if steps > 0 else 0.0
    before = sum(r["weight"] for r in rows[:at])
    line = {"t": round(time.time(), 1), "stage": stage, "stages": names, "step": step, "steps": steps,
            "fraction": round((before + rows[at]["weight"] * inside) / total, 5)}
    if ns_per_day is not None:
        line["ns_per_day"] = round(ns_per_day, 4)
    if eta_s is not None:
        line["eta_s"] = int(eta_s)
    if values:
        line["values"] = {k: v for k, v in values.items() if math.isfinite(v)}
    text = json.dumps(line, allow_nan=False) + "\n"
    if len(text) <= LINE_MAX:
        # One write of one line to a file opened for appending: lines of two writers never mix.
        fd = os.open(run_path("progress.ndjson"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)


# ---- numbers -------------------------------------------------------------------------------------------------------

def mean(values):
    return math.fsum(values) / len(values)


def block_error(values, blocks=10):
    """Standard error of the mean from block averages; None when there are too few values for two points a block."""
    blocks = min(blocks, len(values) // 2)
    if blocks < 3:
        return None
    size = len(values) // blocks
    tail = values[len(values) - size * blocks:]
    means = [mean(tail[i * size:(i + 1) * size]) for i in range(blocks)]
    centre = mean(means)
    return math.sqrt(math.fsum((m - centre) ** 2 for m in means) / (blocks - 1) / blocks)


# ---- results -------------------------------------------------------------------------------------------------------

def little_endian(values):
    if sys.byteorder != "little":
        values.byteswap()
    return values


class Results:
    """results.json and the files it names. Add in the order people should read; write() comes last."""

    def __init__(self, title):
        self.dir = run_path("results")
        os.makedirs(os.path.join(self.dir, "series"), exist_ok=True)
        info = template()
        self.doc = {"version": 1, "template": info["id"], "title": title, "summary": [], "series": [], "tables": [],
                    "structures": [], "trajectories": [], "files": [],
                    "provenance": {"engine": "", "modules": os.environ.get("ATH_MODULES", "").split(),
                                   "host": platform.node(), "commands": [], "inputs": {}},
                    "methods": "", "citations": info.get("citations", []), "warnings": []}

    def path(self, name):
        return os.path.join(self.dir, name)

    def value(self, name, label, value, unit="", digits=2, error=None, note=""):
        if not math.isfinite(value):
            raise ValueError("summary value %s is not a finite number" % name)
        row = {"name": name, "label": label, "value": value, "unit": unit, "digits": digits}
        if error is not None and math.isfinite(error):
            row["error"] = error
        if note:
            row["note"] = note
        self.doc["summary"].append(row)

    def series(self, name, label, x, y, xs, ys, stage):
        """x and y are (label, unit); the points go to series/<name>.f64 as little-endian pairs."""
        pairs = array.array("d")
        for a, b in zip(xs, ys):
            pairs.append(a)
            pairs.append(b)
        file = "series/%s.f64" % name
        with open(self.path(file), "wb") as f:
            little_endian(pairs).tofile(f)
        self.doc["series"].append({"name": name, "label": label, "x": {"label": x[0], "unit": x[1]},
                                   "y": {"label": y[0], "unit": y[1]}, "stage": stage, "file": file,
                                   "points": len(pairs) // 2})

    def table(self, name, label, columns, rows):
        """columns: (name, label, unit, type) with type int, float or text."""
        keys = ("name", "label", "unit", "type")
        self.doc["tables"].append({"name": name, "label": label,
                                   "columns": [dict(zip(keys, c)) for c in columns], "rows": rows})

    def structure(self, name, label, file, fmt, atoms):
        self.doc["structures"].append({"name": name, "label": label, "file": file, "format": fmt, "atoms": atoms})

    def trajectory(self, name, label, frames, dt_ps, t0_ps, topology, raw=None):
        """frames: an iterable of array('f') in Å, all of one length; written as they come."""
        natoms = nframes = 0
        file = name + ".f32"
        with open(self.path(file), "wb") as f:
            for frame in frames:
                if nframes and len(frame) != natoms * 3:
                    raise ValueError("trajectory %s: frame %d has another number of atoms" % (name, nframes))
                natoms = len(frame) // 3
                little_endian(frame).tofile(f)
                nframes += 1
        row = {"name": name, "label": label, "natoms": natoms, "nframes": nframes, "dt_ps": dt_ps, "t0_ps": t0_ps,
               "file": file, "subsets": [{"name": "all", "label": "All atoms", "topology": topology, "indices": None}]}
        if raw:
            row["raw"] = raw
        self.doc["trajectories"].append(row)
        return nframes

    def file(self, path, label, kind):
        """Name a file of the run folder; one that is not there is left out."""
        full = run_path(path)
        if os.path.isfile(full):
            self.doc["files"].append({"path": path, "label": label, "bytes": os.path.getsize(full), "kind": kind})

    def warn(self, text):
        if text not in self.doc["warnings"]:
            self.doc["warnings"].append(text)

    def provenance(self, engine, inputs, seed=None):
        prov = self.doc["provenance"]
        prov["engine"] = engine
        if seed is not None:
            prov["seed"] = seed
        prov["inputs"] = {os.path.basename(p): sha256_file(p) for p in inputs if os.path.isfile(p)}
        try:
            with open(run_path("work", "commands.log"), encoding="utf-8", errors="replace") as f:
                prov["commands"] = [l.strip() for l in f if l.strip()][:500]
        except OSError:
            pass

    def methods(self, text):
        self.doc["methods"] = " ".join(text.split())

    def write(self):
        write_json(self.path("results.json"), self.doc)


def main(argv):
    verb, args = argv[1], argv[2:]
    if verb == "complete":
        write_json(run_path("outcome.json"), {"outcome": "complete"})
    elif verb == "continue":
        write_json(run_path("outcome.json"), {"outcome": "continue", "reason": args[0]})
    elif verb == "failed":
        outcome_failed(*args)
    elif verb == "explain":
        explain(args[0], args[1:])
    elif verb == "progress":
        values = dict(a.split("=", 1) for a in args[3:])
        progress(args[0], int(args[1]), int(args[2]), {k: float(v) for k, v in values.items()})
    else:
        sys.exit("athjob.py: unknown verb " + verb)


if __name__ == "__main__":
    main(sys.argv)
