#!/usr/bin/python3
"""The worker against a real Slurm of two nodes that forgets ended jobs after seconds: the contract of the site, kill -9 at
every named point, outages, cancel, hold, time limits, and speed (case `speed`, by name only). B names the build folder.
"""
import os
import subprocess
import time

from worker_lab import HERE, TOP, Lab, main
from worker_null import FAULTS

SLURM_SH = TOP + "/tests/lib/slurm.sh"


class SlurmLab(Lab):
    def __init__(self, build):
        super().__init__(build)
        self.cluster = self.var + "/c"
        os.mkdir(self.cluster)
        self.slurm("start", "2", "0", "10")
        self.settings["slurm_conf"] = self.cluster + "/slurm.conf"
        self.env = {**os.environ, "SLURM_CONF": self.cluster + "/slurm.conf"}

    def slurm(self, *args):
        subprocess.run(["bash", SLURM_SH, args[0], self.cluster, *args[1:]], check=True)

    def squeue(self, run=None):
        """[(job, state)] of what Slurm lists of a run, ended ones too."""
        out = subprocess.run(["squeue", "-h", "-a", "-t", "all", "-o", "%i %T %j"], env=self.env, capture_output=True,
                             text=True, check=True).stdout
        rows = [line.split() for line in out.splitlines()]
        return [(r[0], r[1]) for r in rows if run is None or run[4:] in r[2]]

    def close(self, failed=False):
        self.slurm("stop")
        super().close(failed)


def contract(lab):
    subprocess.run([lab.build + "/tests/unit/test_site_contract"], check=True,
                   env={**lab.env, "ATHANOR_TEST_SLURM_CONF": lab.settings["slurm_conf"], "ATHANOR_TEST_LIBEXEC": lab.build})


def simple(lab):
    lab.start()
    run = lab.submit("local")
    lab.wait(run, "finished")
    lab.check_once(run)
    assert int(lab.one("SELECT facts->>'cpus' FROM site WHERE id = 'local'")) > 0


def killed_at(point):
    def case(lab):
        marker = f"{lab.var}/run/fault-{point}"
        if os.path.exists(marker):
            os.unlink(marker)
        lab.start(fault=point)
        run = lab.submit("local", seconds=2)
        lab.wait_killed()
        lab.start(fault=point)
        lab.wait(run, "finished", timeout=60)
        lab.check_once(run)
    return case


def helper_killed(lab):
    """kill -9 of the helper, again and again, while runs are submitted and followed."""
    lab.start()
    runs = lab.submit("local", seconds=1, n=10)
    for _ in range(8):
        time.sleep(0.4)
        subprocess.run(["pkill", "-9", "-P", str(lab.worker.pid), "helper-slurm"])
    for run in runs:
        lab.wait(run, "finished", timeout=90)
        lab.check_once(run)


def away(lab):
    """The worker is away for longer than Slurm remembers."""
    lab.start()
    run = lab.submit("local", seconds=2)
    lab.wait(run, "running")
    lab.stop(9)
    lab.until(lambda: not lab.squeue(run), 150, "Slurm forgets the job")
    lab.start()
    lab.wait(run, "finished")
    lab.check_once(run)


def cancelled(lab):
    lab.start()
    run = lab.submit("local", seconds=300)
    lab.wait(run, "running")
    lab.ask(run, "cancel_request")
    lab.wait(run, "cancelled", timeout=60)
    assert lab.one(f"SELECT count(*) FROM run_result WHERE run_id = '{run}'") == "0"


def held(lab):
    lab.start()
    fill = lab.submit("local", seconds=20, n=8)
    run = lab.submit("local")
    lab.wait(run, "pending")
    lab.ask(run, "hold_request")
    lab.wait(run, "held")
    for r in fill:
        lab.ask(r, "cancel_request")
    for r in fill:
        lab.wait(r, "cancelled", timeout=60)
    assert lab.state(run) == "held"
    lab.ask(run, "release_request")
    lab.wait(run, "finished")
    lab.check_once(run)


def outage(lab):
    """slurmctld is down while runs wait and run: unknown, never failed; all is right within 60 s of its return."""
    lab.start()
    runs = lab.submit("local", seconds=8, n=3)
    for run in runs:
        lab.wait(run, "running")
    lab.slurm("stop-ctld")
    lab.until(lambda: lab.one("SELECT unreachable_since FROM site WHERE id = 'local'"), 60, "the outage is seen")
    late = lab.submit("local")
    time.sleep(float(os.environ.get("OUTAGE_S", "30")))
    for run in runs:
        assert lab.state(run) == "running" and lab.one(f"SELECT unknown_since FROM run WHERE id = '{run}'"), lab.events(run)
    assert lab.state(late) == "queued"
    lab.slurm("start-ctld")
    begin = time.monotonic()
    for run in [*runs, late]:
        lab.wait(run, "finished", timeout=60)
        lab.check_once(run)
    print(f"     all right {time.monotonic() - begin:.0f} s after its return")


def continued(lab):
    lab.start()
    run = lab.submit("local", ending="continue")
    lab.wait(run, "finished", timeout=60)
    lab.check_once(run, attempts=2)


def node_dies(lab):
    """A node's daemon dies under a run. The run's own processes live on and prove their end; it counts once."""
    lab.start()
    run = lab.submit("local", seconds=10)
    lab.wait(run, "running")
    node = lab.until(lambda: lab.one(f"SELECT data->>'nodes' FROM run_event WHERE run_id = '{run}' AND kind = 'started'"), 5)
    lab.slurm("stop-node", node)
    try:
        lab.wait(run, "finished", timeout=180)
    finally:
        lab.slurm("start-node", node)
    lab.check_once(run)


def time_limit(lab):
    """Slurm ends it at its time limit: a run that checkpoints goes on with the next attempt."""
    lab.start()
    run = lab.submit("local", seconds=300, walltime=60)
    lab.until(lambda: "continued" in lab.events(run), 180, "continued")
    lab.wait(run, "running", timeout=60)
    lab.ask(run, "cancel_request")
    lab.wait(run, "cancelled", timeout=60)


def speed(lab):
    """Median from submission to a job in Slurm, and the rate of dispatching 2,000 queued runs beside a bare loop of
    libslurm submits, before and after (both meet a growing queue)."""
    lab.start(site_poll=2000, worker_poll=2000)
    time.sleep(2)
    waits = []
    for _ in range(20):
        run = lab.submit("local")
        lab.wait(run, "finished")
        waits.append(float(lab.one("SELECT extract(epoch FROM a.submitted_at - r.created_at) FROM run r JOIN attempt a ON a.run_id = r.id"
                                   f" WHERE r.id = '{run}'")))
    print(f"     submit to job: median {sorted(waits)[10]:.3f} s, worst {max(waits):.3f} s")
    n = int(os.environ.get("RUNS", "2000"))
    subprocess.run(["scontrol", "update", "PartitionName=main", "State=DOWN"], env=lab.env, check=True)
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-o", lab.var + "/bare", TOP + "/tests/bench/slurm_submit.c", "-lslurm"], check=True)
    bare = lambda: float(subprocess.run([lab.var + "/bare", "200", lab.var], env=lab.env, check=True, capture_output=True).stdout)
    before = bare()
    begin = time.monotonic()
    lab.submit("local", n=n)
    print(f"     {n} runs inserted in {time.monotonic() - begin:.1f} s")
    lab.until(lambda: lab.one("SELECT count(*) FROM run WHERE state = 'queued'") == "0", 600, "all dispatched")
    took = float(lab.one("SELECT extract(epoch FROM max(submitted_at) - min(intent_at)) FROM attempt WHERE run_id IN"
                         f" (SELECT id FROM run ORDER BY id DESC LIMIT {n})"))
    after = bare()
    print(f"     dispatched in {took:.1f} s: {n / took:.1f} a second; bare loop {before:.1f} before, {after:.1f} after:"
          f" {n / took / ((before + after) / 2):.2f}")


CASES = [("contract", contract), ("simple", simple)] + [("kill_" + p, killed_at(p)) for p in FAULTS] + [
    (f.__name__, f) for f in (helper_killed, away, cancelled, held, outage, continued, node_dies, time_limit)]

if __name__ == "__main__":
    main(CASES + ([("speed", speed)] if os.environ.get("SPEED") else []), SlurmLab)
