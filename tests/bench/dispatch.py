#!/usr/bin/python3
"""Submission to a real Slurm: the time from a queued run to a job, and 2,000 queued runs beside a bare loop of libslurm submits
on the same busy Slurm (every CPU taken, so each submission is looked at by the scheduler and waits). Prints rows for bench.md.
"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster"))
from worker_slurm import SlurmLab  # noqa: E402

N = int(os.environ.get("RUNS", "2000"))


def row(*cells):
    print("| " + " | ".join(str(c) for c in cells) + " |", flush=True)


def latency(lab):
    lab.start(site_poll=2000, worker_poll=2000)
    time.sleep(2)
    waits = []
    for _ in range(21):
        run = lab.submit("local")
        lab.wait(run, "finished")
        waits.append(float(lab.one("SELECT extract(epoch FROM a.submitted_at - r.created_at) FROM run r JOIN attempt a"
                                   f" ON a.run_id = r.id WHERE r.id = '{run}'")))
    lab.stop()
    waits.sort()
    row("queued run to job in Slurm", f"median {waits[10]:.3f} s, worst {waits[-1]:.3f} s", "limit 0.5 s", f"{waits[10] / 0.5:.2f}",
        "21 runs one after another")


def queue_empty(lab):
    subprocess.run("scancel --state=PENDING -u $(id -un); while [ -n \"$(squeue -h -t PENDING -o %A | head -1)\" ]; do sleep 0.5; done",
                   shell=True, env=lab.env, check=True)


def bare(lab):
    out = subprocess.run([lab.build + "/tests/bench/slurm_submit", str(N), lab.var], env=lab.env, capture_output=True, text=True,
                         check=True)
    queue_empty(lab)
    return float(out.stdout)


def ours(lab):
    ids = lab.submit("local", n=N)
    lab.start(site_poll=2000, worker_poll=2000)
    lab.until(lambda: lab.one("SELECT count(*) FROM run WHERE state IN ('queued', 'submitting')") == "0", 900, "all dispatched")
    took = float(lab.one("SELECT extract(epoch FROM max(submitted_at) - min(intent_at)) FROM attempt WHERE run_id >= '%s'" % min(ids)))
    lab.stop()
    return N / took


lab = SlurmLab(os.environ.get("B", "build"))
try:
    latency(lab)
    subprocess.run(["sbatch", "-Q", "--nodes=2", "--exclusive", "-o", "/dev/null", "--job-name=blocker", "--wrap", "sleep 3600"],
                   env=lab.env, check=True)
    lab.until(lambda: ("RUNNING" in str(lab.squeue())), 30, "the cluster is busy")
    theirs = bare(lab)
    mine = ours(lab)
    row(f"dispatch of {N:,} queued runs", f"{mine:.1f}/s", f"bare libslurm loop: {theirs:.1f}/s", f"{mine / theirs:.2f}", "aim 0.8")
finally:
    lab.close()
