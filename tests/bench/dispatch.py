#!/usr/bin/python3
"""Submission to a real Slurm: the time from a queued run to a job, and 2,000 queued runs beside a bare loop of libslurm submits
on the same busy Slurm (every CPU taken, so each submission is looked at by the scheduler and waits), in turns, ROUNDS times, because
a machine has slow minutes. Prints rows for bench.md.
"""
import os
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster"))
from worker_slurm import SlurmLab  # noqa: E402

N = int(os.environ.get("RUNS", "2000"))
FORGET_S = 12  # until Slurm has forgotten the cancelled jobs (worker_slurm.py: MinJobAge 10 s), so all begin alike
ROUNDS = int(os.environ.get("ROUNDS", "5"))


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
    time.sleep(FORGET_S)


def bare(lab):
    out = subprocess.run([lab.build + "/tests/bench/slurm_submit", str(N), lab.var], env=lab.env, capture_output=True, text=True,
                         check=True)
    queue_empty(lab)
    return float(out.stdout)


def ours(lab):
    """From the moment the worker may see the queue (it is stopped while the queue is made) to the last job's id written down."""
    lab.start(site_poll=2000, worker_poll=2000)
    lab.until(lambda: lab.one("SELECT 1 FROM site WHERE id = 'local' AND facts IS NOT NULL"), 20, "the worker knows its site")
    lab.worker.send_signal(signal.SIGSTOP)
    ids = lab.submit("local", n=N)
    begin = time.time()
    lab.worker.send_signal(signal.SIGCONT)
    while lab.one("SELECT 1 FROM run WHERE state IN ('queued', 'submitting') LIMIT 1"):
        time.sleep(0.5)  # a look costs what ten submissions do
    end = float(lab.one("SELECT extract(epoch FROM max(submitted_at)) FROM attempt WHERE run_id >= '%s'" % min(ids)))
    lab.stop()
    # The next round begins without these: their jobs are cancelled, and no worker shall find them again.
    lab.sql("UPDATE run SET state = 'cancelled', folded_seq = event_seq, lease_owner = NULL WHERE state = 'pending'")
    queue_empty(lab)
    return N / (end - begin)


lab = SlurmLab(os.environ.get("B", "build"))
try:
    latency(lab)
    subprocess.run(["sbatch", "-Q", "--nodes=2", "--exclusive", "-o", "/dev/null", "--job-name=blocker", "--wrap", "sleep 3600"],
                   env=lab.env, check=True)
    lab.until(lambda: ("RUNNING" in str(lab.squeue())), 30, "the cluster is busy")
    rounds = [(bare(lab), ours(lab)) for _ in range(ROUNDS)]
    ratios = sorted(mine / theirs for theirs, mine in rounds)
    theirs, mine = (statistics.median(r[i] for r in rounds) for i in (0, 1))
    row(f"dispatch of {N:,} queued runs", f"{mine:.0f}/s", f"bare libslurm loop: {theirs:.0f}/s", f"{mine / theirs:.2f}",
        f"aim 0.8; medians of {ROUNDS} rounds, ratios {ratios[0]:.2f} to {ratios[-1]:.2f}")
finally:
    lab.close()
