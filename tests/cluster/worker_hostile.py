#!/usr/bin/python3
"""What a hostile or broken job leaves in its run folder: each run still ends, in words, and holds up no other.

Every case is a job that has run by athanor-job; then something is done to its folder before the scheduler says it ended.
"""
import hashlib
import json
import os
import subprocess
import time

from worker_lab import main
from worker_null import NullLab

ENDED = ("finished", "failed", "cancelled")
GOOD = {"version": 1, "template": "tiny", "title": "T", "summary": []}


def write(path, data):
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def sparse(path, size):
    with open(path, "ab") as f:
        f.truncate(size)


def fifo(path):
    if os.path.lexists(path):
        os.unlink(path)
    os.mkfifo(path)


def results(folder, text):
    """New results with a manifest that vouches for them."""
    text = text if isinstance(text, (bytes, str)) else json.dumps(text)
    data = text if isinstance(text, bytes) else text.encode()
    write(folder + "/results/results.json", data)
    with open(folder + "/manifest.json") as f:
        manifest = json.load(f)
    manifest["results_sha256"], manifest["results_bytes"] = hashlib.sha256(data).hexdigest(), len(data)
    write(folder + "/manifest.json", json.dumps(manifest))


def link(target):
    def spoil(path):
        os.unlink(path)
        os.symlink(target, path)
    return spoil


def future(folder):
    """A heartbeat from next year and no last word: dead, not alive for ever."""
    os.unlink(folder + "/manifest.json")
    later = time.time() + 365 * 86400
    os.utime(folder + "/attempt/a01/alive", (later, later))


def enormous(folder):
    """More bytes than 64 bits count, none of them on disk."""
    for i in range(3):
        try:
            sparse(f"{folder}/work/hole{i}", (1 << 63) - 1)
        except OSError:
            sparse(f"{folder}/work/hole{i}", 1 << 43)


def closed(folder):
    os.makedirs(folder + "/work/closed/inner")
    write(folder + "/work/closed/inner/x", "x")
    os.chmod(folder + "/work/closed", 0)


def logs(folder):
    """A failed run whose log is not text."""
    os.unlink(folder + "/results/results.json")
    write(folder + "/attempt/a01/stderr.log", b"Fatal error: \xff\xfe\x00\x1b[31m \xed\xa0\x80 error\n" * 2000)
    with open(folder + "/manifest.json") as f:
        manifest = json.load(f)
    manifest["outcome"], manifest["exit_code"] = "failed", 1
    manifest["outcome_data"] = {"outcome": "failed", "cause": "x" * 5000, "text": "\u001b\u202e" * 500, "log": "../../../etc/passwd"}
    write(folder + "/manifest.json", json.dumps(manifest))


def named(folder, file):
    results(folder, dict(GOOD, series=[{"name": "s", "label": "S", "x": {"label": "x", "unit": ""}, "y": {"label": "y", "unit": ""},
                                        "stage": "", "file": file, "points": 1}]))


def frames(folder, natoms, nframes):
    sparse(folder + "/results/t.f32", 12)
    results(folder, dict(GOOD, trajectories=[{"name": "t", "label": "T", "natoms": natoms, "nframes": nframes, "dt_ps": 1, "file": "t.f32",
                                              "subsets": [{"name": "a", "label": "A", "topology": "t.f32", "indices": None}]}]))


# name, what is done to the folder, the state the run must end in
SPOILT = [
    ("duplicates of any bytes", lambda d: write(d + "/attempt/a01/duplicates", b"x \xff\xfe\x01 host 1: y\n x\n\n x y" * 3000), "finished"),
    ("no end of duplicates", lambda d: write(d + "/attempt/a01/duplicates", "".join(f"t {i} h 1: y\n" for i in range(6000))), "finished"),
    ("more bytes than there are", enormous, "finished"),
    ("a closed folder", closed, "finished"),
    ("an owner of any bytes", lambda d: write(d + "/attempt/a01/claim/owner", b"\xff\xfe\x00\n" * 100), "finished"),
    ("progress is a FIFO", lambda d: fifo(d + "/progress.ndjson"), "finished"),
    ("progress is one line of a gigabyte", lambda d: sparse(d + "/progress.ndjson", 1 << 30), "finished"),
    ("progress is binary", lambda d: write(d + "/progress.ndjson", os.urandom(300000) + b"\n" * 1000), "finished"),
    ("a heartbeat from next year", future, "failed"),
    ("the manifest is a FIFO", lambda d: fifo(d + "/manifest.json"), "failed"),
    ("the manifest is a link", lambda d: link("/etc/passwd")(d + "/manifest.json"), "failed"),
    ("the manifest is endless", lambda d: link("/dev/zero")(d + "/manifest.json"), "failed"),
    ("the manifest is huge", lambda d: sparse(d + "/manifest.json", 1 << 33), "failed"),
    ("the manifest is deep", lambda d: write(d + "/manifest.json", "[" * 100000), "failed"),
    ("results are a FIFO", lambda d: fifo(d + "/results/results.json"), "failed"),
    ("results are a link", lambda d: link("/etc/passwd")(d + "/results/results.json"), "failed"),
    ("results are huge", lambda d: sparse(d + "/results/results.json", 1 << 43), "failed"),
    ("results are deep", lambda d: results(d, "[" * 100000), "failed"),
    ("results hold no text", lambda d: results(d, b'{"version":1,"template":"\xff\xfe"}'), "failed"),
    ("results name a file outside", lambda d: named(d, "../../../../../../etc/passwd"), "failed"),
    ("results name a link", lambda d: (os.symlink("/etc/passwd", d + "/results/l"), named(d, "l")), "failed"),
    ("results name a FIFO", lambda d: (os.mkfifo(d + "/results/f"), named(d, "f")), "failed"),
    ("a thousand million frames", lambda d: frames(d, 1000000000, 1000000000), "failed"),
    ("frames that overflow to the right size", lambda d: frames(d, 1 << 31, 1 << 62), "failed"),
    ("logs that are no text", logs, "failed"),
]


def spoilt(lab):
    """All at once: a run that hangs must not hold up the others."""
    lab.start(lost_settle=4000)
    runs = lab.submit("null", n=len(SPOILT))
    jobs = [lab.job(run) for run in runs]
    waiting = []
    for run, n in zip(runs, jobs):
        waiting.append(lab.execute(run, n, background=True))
        if len(waiting) % 6 == 0:
            waiting[-1].wait(60)
    for p in waiting:
        assert p.wait(60) == 0
    for run, (_, spoil, _) in zip(runs, SPOILT):
        spoil(lab.folder(run))
    for n in jobs:
        lab.move(n, "COMPLETED")
    deadline, wrong = time.time() + 60, []
    for run, (what, _, state) in zip(runs, SPOILT):
        while lab.state(run) not in ENDED and time.time() < deadline:
            time.sleep(0.2)
        if lab.state(run) != state:
            wrong.append(f"{what}: {lab.state(run)}, not {state}: {lab.one(f'''SELECT failure FROM run WHERE id = '{run}' ''')}")
    assert not wrong, "\n".join(wrong)
    assert int(lab.one("SELECT max(kept_b) FROM run")) < 1 << 40, "holes were counted as bytes"
    assert int(lab.one("SELECT max(n) FROM (SELECT count(*) AS n FROM run_event GROUP BY run_id) t")) < 200, "a job wrote the history"
    assert "/bash" not in lab.one("SELECT coalesce(string_agg(failure::text, ''), '') FROM run"), "a file outside was read"
    run = lab.submit("null")
    lab.execute(run, lab.job(run))
    lab.wait(run, "finished")
    lab.check_once(run)
    assert lab.worker.poll() is None, "the worker ended"
    assert lab.stop() == 0


if __name__ == "__main__":
    main([("spoilt", spoilt)], NullLab)
