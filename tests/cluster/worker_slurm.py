#!/usr/bin/python3
"""The worker against a real Slurm of two nodes that forgets ended jobs after seconds: the contract of the site, kill -9 of
worker and helper at every named point, outages, cancel, hold, GPUs, time limits; by name only: soak. B names the build folder.
"""
import os
import random
import signal
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
        self.slurm("start", "2", "2", "10")
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
        lab.fault_clear(point)
        lab.start(fault=point)
        run = lab.submit("local", seconds=2)
        lab.wait_killed()
        lab.start(fault=point)
        lab.wait(run, "finished", timeout=60)
        lab.check_once(run)
    return case


def helper_pid(lab):
    out = subprocess.run(["pgrep", "-P", str(lab.worker.pid), "-x", "helper-slurm"], capture_output=True, text=True).stdout.split()
    return int(out[0]) if out else None


def helper_kill(lab):
    """kill -9 of the helper as it is now; false when there is none at the moment."""
    pid = helper_pid(lab)
    if pid:
        os.kill(pid, signal.SIGKILL)
    return bool(pid)


def helper_killed_at(point):
    """The helper dies around the first submission, with others behind it in the pipe: none is lost, none runs twice."""
    def case(lab):
        marker = lab.fault_clear(point)
        lab.start(fault=point)
        runs = sorted(lab.submit("local", seconds=1, n=3))
        lab.until(lambda: os.path.exists(marker), 10, "the helper dies")
        for run in runs:
            lab.wait(run, "finished", timeout=60)
            lab.check_once(run)
        kinds = lab.events(runs[0])
        again = f'run={runs[0]} ' in "".join(line for line in lab.log().splitlines() if "dispatch.again" in line)
        if point == "helper_before_submit":
            assert again and "adopted" not in kinds, (again, kinds)
        elif point == "helper_after_submit":
            assert "adopted" in kinds and not again, (again, kinds)
        else:
            assert "submitted" in kinds and not again, (again, kinds)
        assert lab.worker.poll() is None, "the worker ended"
    return case


def helper_killed(lab):
    """kill -9 of the helper while a run waits, runs and is collected; then again and again while many are followed."""
    lab.start()
    run = lab.submit("local", seconds=3)
    for states in (("pending", "running"), ("running",), ("collecting", "finished")):
        lab.wait(run, *states)
        lab.until(lambda: helper_kill(lab), 10, "a helper to kill")
    lab.wait(run, "finished", timeout=60)
    lab.check_once(run)
    runs, kills = lab.submit("local", seconds=1, n=10), 0
    for _ in range(8):
        time.sleep(0.4)
        kills += helper_kill(lab)
    assert kills >= 4, f"only {kills} kills hit"
    for run in runs:
        lab.wait(run, "finished", timeout=90)
        lab.check_once(run)


def queue_killed(lab):
    """A queue of many batches, several of them under way at a time, while worker and helper are killed in turn: each run
    executes once."""
    lab.start(worker_batch=5)
    runs = lab.submit("local", n=80)
    for kill in range(6):
        lab.until(lambda: int(lab.one("SELECT count(*) FROM attempt WHERE run_id >= '%s' AND submitted_at IS NOT NULL"
                                      % min(runs))) > 10 * kill, 30, f"the queue moves on after {kill} kills")
        if kill % 2:
            helper_kill(lab)
        else:
            lab.stop(signal.SIGKILL)
            lab.start(worker_batch=5)
    for run in runs:
        lab.wait(run, "finished", timeout=120)
        lab.check_once(run)


def ctld_hangs(lab):
    """slurmctld takes connections and never answers, also to a submission: unknown since, nothing ends; once it goes on all is
    right."""
    lab.start(helper_deadline=1500)
    runs = lab.submit("local", seconds=4, n=3)
    for run in runs:
        lab.wait(run, "running")
    with open(lab.cluster + "/run/slurmctld.pid") as f:
        ctld = int(f.read())
    os.kill(ctld, signal.SIGSTOP)
    try:
        late = lab.submit("local")
        for run in runs:
            lab.until(lambda: lab.one(f"SELECT unknown_since FROM run WHERE id = '{run}'"), 10, "unknown since")
        time.sleep(7)  # the jobs end meanwhile
        for run in runs:
            assert lab.state(run) == "running" and lab.events(run).count("unknown") == 1, lab.events(run)
        assert lab.state(late) in ("queued", "submitting"), lab.state(late)
    finally:
        os.kill(ctld, signal.SIGCONT)
    for run in [*runs, late]:
        lab.wait(run, "finished", timeout=60)
        lab.check_once(run)
        assert not lab.one(f"SELECT unknown_since FROM run WHERE id = '{run}'")


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


def gpus(lab):
    """The GPUs a run asks for are the job's, by Slurm's word and the run's own; more than there are is refused in words."""
    lab.start()
    run, greedy = lab.submit("local", seconds=5, gpus=2), lab.submit("local", gpus=3)
    lab.wait(run, "running")
    job = lab.one(f"SELECT site_job_id FROM run WHERE id = '{run}'")
    shown = subprocess.run(["scontrol", "show", "job", job], env=lab.env, capture_output=True, text=True, check=True).stdout
    assert "TresPerNode=gres:gpu:2" in shown, shown
    lab.wait(run, "finished")
    lab.check_once(run)
    with open(lab.folder(run) + "/work/resources") as f:
        assert f.read() == "1 2\n"
    lab.wait(greedy, "failed")
    text = lab.one(f"SELECT failure->>'text' FROM run WHERE id = '{greedy}'")
    assert text and "configuration is not available" in text, text
    assert lab.executions(greedy) == []
    assert lab.one("SELECT facts->>'gpus' FROM site WHERE id = 'local'") == "4"


def partition(lab):
    """Jobs go to the partition of the settings; one that is not there is refused in words that name it as the cause."""
    lab.start(slurm_partition="short", slurm_account="chem", slurm_qos="normal")
    run = lab.submit("local", seconds=3)
    lab.wait(run, "running")
    job = lab.one(f"SELECT site_job_id FROM run WHERE id = '{run}'")
    shown = subprocess.run(["scontrol", "show", "job", job], env=lab.env, capture_output=True, text=True, check=True).stdout
    assert "Partition=short" in shown and "Account=chem" in shown, shown
    lab.wait(run, "finished")
    lab.stop()
    lab.start(slurm_partition="nowhere")
    run = lab.submit("local")
    lab.wait(run, "failed")
    text = lab.one(f"SELECT failure->>'text' FROM run WHERE id = '{run}'")
    assert text and "partition" in text.lower(), text
    assert lab.executions(run) == []


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


def soak(lab):
    """Short runs for minutes while worker and helper are killed at random: exactly one execution and one result each."""
    seconds, seed = float(os.environ.get("SOAK_S", "300")), int(os.environ.get("SEED", "0")) or random.randrange(10**6)
    dice, runs, kills = random.Random(seed), [], {"worker": 0, "helper": 0}
    print(f"     SEED={seed}", flush=True)
    end = time.monotonic() + seconds
    lab.start()
    while time.monotonic() < end:
        runs += [lab.submit("local", seconds=dice.choice((0, 0, 1, 2))) for _ in range(dice.randint(1, 4))]
        time.sleep(dice.uniform(0.1, 2.5))
        if dice.random() < 0.4:
            lab.stop(signal.SIGKILL)
            lab.start()
            kills["worker"] += 1
        elif helper_kill(lab):
            kills["helper"] += 1
    for run in runs:
        lab.wait(run, "finished", timeout=300)
        lab.check_once(run)
    print(f"     {len(runs)} runs, {kills['worker']} kills of the worker, {kills['helper']} of the helper")
    assert len(runs) >= seconds / 2 and min(kills.values()) >= seconds / 30, "the soak did not do its work"


HELPER_FAULTS = ("helper_before_submit", "helper_after_submit", "helper_after_reply")
CASES = ([("contract", contract), ("simple", simple)] + [("kill_" + p, killed_at(p)) for p in FAULTS]
         + [("kill_" + p, helper_killed_at(p)) for p in HELPER_FAULTS]
         + [(f.__name__, f) for f in (helper_killed, queue_killed, ctld_hangs, away, cancelled, held, gpus, partition, outage,
                                      continued, node_dies, time_limit)])

if __name__ == "__main__":
    main(CASES, SlurmLab, [("soak", soak)])
