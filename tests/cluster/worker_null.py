#!/usr/bin/python3
"""The worker against the null site: every fault between it and a scheduler, and kill -9 at every named point.

The test plays the scheduler: it executes jobs by athanor-job and moves their state. B names the build folder.
"""
import hashlib
import os
import shutil
import subprocess
import time

from worker_lab import OWNER, PROJECT, TOP, Lab, main, new_id

FAULTS = ("before_intent", "after_intent", "after_send", "after_answer", "before_commit", "while_running", "while_collecting")


class NullLab(Lab):
    def __init__(self, build):
        super().__init__(build, null_site="true", slurm_conf="/nonexistent/slurm.conf")
        self.site = self.var + "/null-site/null"

    def put(self, rel, text=""):
        os.makedirs(self.site, exist_ok=True)
        with open(f"{self.site}/{rel}.new", "w") as f:
            f.write(text)
        os.rename(f"{self.site}/{rel}.new", f"{self.site}/{rel}")

    def drop(self, rel):
        if os.path.exists(f"{self.site}/{rel}"):
            os.unlink(f"{self.site}/{rel}")

    def jobs(self, run=None):
        """{job number: its lines as a dictionary}, of one run or all."""
        out = {}
        folder = self.site + "/jobs"
        for n in os.listdir(folder) if os.path.isdir(folder) else []:
            if n.isdigit():
                with open(f"{folder}/{n}") as f:
                    job = dict(line.rstrip("\n").split(" ", 1) for line in f)
                if run is None or run[4:] in job["key"]:
                    out[int(n)] = job
        return out

    def job(self, run, timeout=15):
        """The one job of a run that has not ended."""
        live = ("PENDING", "HELD", "RUNNING")
        self.until(lambda: [j for j in self.jobs(run).values() if j["state"] in live], timeout, "a job at the null site")
        return min(n for n, j in self.jobs(run).items() if j["state"] in live)

    def move(self, n, state, **more):
        job = self.jobs()[n]
        job["state"] = state
        if state == "RUNNING":
            job["start"] = str(int(time.time()))
            job["reason"] = ""
        elif state not in ("PENDING", "HELD"):
            job["end"] = str(int(time.time()))
        job.update({k: str(v) for k, v in more.items()})
        self.put(f"jobs/{n}", "".join(f"{k} {v}\n" for k, v in job.items()))

    def execute(self, run, n, background=False):
        """What a node does with job n: athanor-job in the run's folder."""
        attempt = int(self.jobs()[n]["key"][-2:])
        self.move(n, "RUNNING")
        p = subprocess.Popen([self.build + "/athanor-job", self.folder(run), str(attempt)],
                             env={"PATH": os.environ["PATH"], "SLURM_JOB_ID": str(n)}, stderr=subprocess.DEVNULL)
        if background:
            return p
        rc = p.wait(60)
        self.move(n, "COMPLETED" if rc == 0 else "FAILED", exit=rc)
        return rc

    def faults(self, *lines):
        self.put("faults", "".join(line + "\n" for line in lines))


def simple(lab):
    lab.start()
    run = lab.submit("null")
    lab.execute(run, lab.job(run))
    lab.wait(run, "finished")
    lab.check_once(run)
    kinds = lab.events(run)
    assert kinds[:3] == ["submit", "intent", "submitted"], kinds
    assert "started" in kinds and "left" in kinds and "progress" in kinds, kinds
    assert lab.one(f"SELECT summary->0->>'value' FROM run WHERE id = '{run}'") == "42"
    assert float(lab.one(f"SELECT usage->>'elapsed_s' FROM run WHERE id = '{run}'")) > 0
    assert lab.stop() == 0


def killed_at(point):
    def case(lab):
        lab.fault_clear(point)
        lab.start(fault=point)
        run = lab.submit("null", seconds=1 if point == "while_running" else 0)
        early = point not in ("while_running", "while_collecting")
        if early:
            lab.wait_killed()
            lab.start(fault=point)
        n = lab.job(run)
        p = lab.execute(run, n, background=True)
        if point == "while_running":
            lab.wait_killed()
            assert p.wait(60) == 0
            lab.move(n, "COMPLETED")
            lab.start(fault=point)
        else:
            assert p.wait(60) == 0
            lab.move(n, "COMPLETED")
            if not early:
                lab.wait_killed()
                lab.start(fault=point)
        lab.wait(run, "finished")
        lab.check_once(run)
        assert len(lab.jobs(run)) == 1, lab.jobs(run)
    return case


def answer_dropped(lab):
    lab.faults("submit drop")
    lab.start()
    run = lab.submit("null")
    lab.execute(run, lab.job(run))
    lab.wait(run, "finished")
    lab.check_once(run)
    assert len(lab.jobs(run)) == 1
    assert "adopted" in lab.events(run)


def request_lost(lab):
    """Nothing arrived: after adopt_settle it is sent again under the same key, as the same attempt."""
    lab.faults("submit lose")
    lab.start()
    begin = time.monotonic()
    run = lab.submit("null")
    n = lab.job(run)
    assert time.monotonic() - begin >= 1.4, "sent again too soon"
    lab.execute(run, n)
    lab.wait(run, "finished")
    lab.check_once(run)


def late_copy(lab):
    """Accepted, answer lost, not visible for a while: a second copy is sent, then the first turns up and runs as well."""
    lab.faults("submit drop")
    lab.put("down")
    run = lab.submit("null")
    lab.start()
    time.sleep(0.5)
    lab.drop("down")
    lab.wait(run, "pending")
    first = lab.job(run)
    lab.stop()
    # A copy that nobody asked for twice: the same key under another number.
    lab.put("jobs/900", open(f"{lab.site}/jobs/{first}").read())
    assert lab.execute(run, first) == 0
    assert lab.execute(run, 900) == 77, "the copy must leave at once"
    lab.start()
    lab.wait(run, "finished")
    lab.check_once(run)
    lab.until(lambda: "duplicate" in lab.events(run), 10, "the duplicate is shown")
    assert lab.events(run).count("duplicate") == 1


def copy_in_queue(lab):
    """A second copy that still waits is cancelled and shown."""
    lab.start()
    run = lab.submit("null")
    first = lab.job(run)
    lab.put("jobs/901", open(f"{lab.site}/jobs/{first}").read())
    lab.until(lambda: lab.jobs()[901]["state"] == "CANCELLED", 10, "the copy is cancelled")
    lab.execute(run, first)
    lab.wait(run, "finished")
    lab.check_once(run)
    assert "duplicate" in lab.events(run)


def forgotten(lab):
    """The worker is away for longer than the scheduler remembers: the manifest tells."""
    lab.start()
    run = lab.submit("null")
    n = lab.job(run)
    lab.wait(run, "pending")
    lab.stop(9)
    lab.execute(run, n)
    os.unlink(f"{lab.site}/jobs/{n}")
    lab.start()
    lab.wait(run, "finished")
    lab.check_once(run)


def forgotten_unanswered(lab):
    """The same, and the answer to the submission was never read: the claim tells that it must not be sent again."""
    lab.fault_clear("after_send")
    lab.start(fault="after_send")
    run = lab.submit("null")
    lab.wait_killed()
    n = lab.job(run)
    lab.execute(run, n)
    os.unlink(f"{lab.site}/jobs/{n}")
    lab.start()
    lab.wait(run, "finished")
    lab.check_once(run)
    assert not lab.jobs(run), "it was sent again"


def rejected(lab):
    lab.faults("submit reject no such partition")
    lab.start()
    run = lab.submit("null")
    lab.wait(run, "failed")
    assert lab.one(f"SELECT failure->>'text' FROM run WHERE id = '{run}'") == "no such partition"
    assert lab.one(f"SELECT reserved_b FROM run WHERE id = '{run}'") == "0"


def throttled(lab):
    lab.faults("submit throttle")
    lab.start()
    run = lab.submit("null")
    lab.execute(run, lab.job(run, 20))
    lab.wait(run, "finished")
    lab.check_once(run)


def unreachable(lab):
    """Nothing turns failed or finished while the site cannot be asked; unknown since, then known."""
    lab.start()
    run, running, fresh = lab.submit("null"), lab.submit("null", seconds=2), None
    n, m = lab.job(run), lab.job(running)
    p = lab.execute(running, m, background=True)
    lab.wait(running, "running")
    lab.put("down")
    lab.until(lambda: lab.one(f"SELECT unknown_since FROM run WHERE id = '{run}'"), 10, "unknown since")
    fresh = lab.submit("null")
    assert p.wait(30) == 0
    time.sleep(4)
    assert lab.state(run) == "pending" and lab.state(running) == "running" and lab.state(fresh) == "queued"
    assert lab.one("SELECT unreachable_since IS NOT NULL FROM site WHERE id = 'null'") == "t"
    assert lab.events(run).count("unknown") == 1
    lab.move(m, "COMPLETED")
    lab.drop("down")
    lab.wait(running, "finished")
    lab.until(lambda: not lab.one(f"SELECT unknown_since FROM run WHERE id = '{run}'"), 10, "known again")
    for r in (run, fresh):
        lab.execute(r, lab.job(r))
        lab.wait(r, "finished")
        lab.check_once(r)


def cancelled(lab):
    lab.start()
    run = lab.submit("null")
    n = lab.job(run)
    lab.wait(run, "pending")
    lab.ask(run, "cancel_request")
    lab.wait(run, "cancelled")
    assert lab.jobs()[n]["state"] == "CANCELLED"
    assert lab.one(f"SELECT reserved_b FROM run WHERE id = '{run}'") == "0"
    lab.ask(run, "requeue_request")
    n = lab.job(run)
    lab.execute(run, n)
    lab.wait(run, "finished")
    assert lab.executions(run) == [f"2 {n}"]


def cancelled_queued(lab):
    lab.put("down")
    lab.start()
    lab.until(lambda: lab.one("SELECT unreachable_since FROM site WHERE id = 'null'"), 10, "down is seen")
    run = lab.submit("null")
    lab.ask(run, "cancel_request")
    lab.wait(run, "cancelled")
    lab.drop("down")


def held(lab):
    lab.start()
    run = lab.submit("null")
    n = lab.job(run)
    lab.wait(run, "pending")
    lab.ask(run, "hold_request")
    lab.wait(run, "held")
    assert lab.jobs()[n]["state"] == "HELD"
    lab.ask(run, "release_request")
    lab.wait(run, "pending")
    lab.execute(run, n)
    lab.wait(run, "finished")
    lab.check_once(run)


def continued(lab):
    lab.start()
    run = lab.submit("null", ending="continue")
    lab.execute(run, lab.job(run))
    lab.until(lambda: "continued" in lab.events(run), 15, "continued")
    lab.execute(run, lab.job(run))
    lab.wait(run, "finished")
    lab.check_once(run, attempts=2)


def failures(lab):
    lab.start()
    broke, silent = lab.submit("null", ending="fail"), lab.submit("null", ending="nothing")
    for run in (broke, silent):
        lab.execute(run, lab.job(run))
        lab.wait(run, "failed")
    assert lab.one(f"SELECT failure->>'cause' FROM run WHERE id = '{broke}'") == "engine_broke"
    assert "ENGINE BROKE" in lab.one(f"SELECT failure->'lines' FROM run WHERE id = '{broke}'")
    assert lab.one(f"SELECT failure->>'cause' FROM run WHERE id = '{silent}'") == "no_outcome"


def results_changed(lab):
    """Results that do not hash to what the manifest vouches for are no results."""
    lab.start()
    run = lab.submit("null")
    n = lab.job(run)
    p = lab.execute(run, n, background=True)
    assert p.wait(30) == 0
    with open(lab.folder(run) + "/results/results.json", "a") as f:
        f.write(" ")
    lab.move(n, "COMPLETED")
    lab.wait(run, "failed")
    assert lab.one(f"SELECT failure->>'cause' FROM run WHERE id = '{run}'") == "results_changed"


def node_failed(lab):
    """Nobody's fault: tried again by itself, twice at most."""
    lab.start()
    run = lab.submit("null")
    seen = set()
    for _ in range(3):
        lab.until(lambda: set(k for k, j in lab.jobs(run).items() if j["state"] == "PENDING") - seen, 20, "another attempt")
        n = lab.job(run)
        seen.add(n)
        lab.move(n, "NODE_FAIL")
    lab.wait(run, "failed")
    assert lab.one(f"SELECT failure->>'cause' FROM run WHERE id = '{run}'") == "node_failed"
    assert lab.events(run).count("retried") == 2


def lost(lab):
    """Gone from a reachable site, unclaimed, without a trace: lost, repeated."""
    lab.start()
    run = lab.submit("null")
    n = lab.job(run)
    lab.wait(run, "pending")
    os.unlink(f"{lab.site}/jobs/{n}")
    lab.until(lambda: "retried" in lab.events(run), 15, "retried")
    lab.execute(run, lab.job(run))
    lab.wait(run, "finished")


def two_workers(lab):
    """A worker that slept past its lease writes nothing any more."""
    lab.start()
    run = lab.submit("null", seconds=1)
    n = lab.job(run)
    lab.wait(run, "pending")
    first, lab.worker = lab.worker, None
    first.send_signal(19)
    time.sleep(3.2)
    lab.start()
    lab.execute(run, n)
    lab.wait(run, "finished", timeout=40)
    first.send_signal(18)
    time.sleep(1)
    first.terminate()
    assert first.wait(30) == 0
    lab.check_once(run)


def database_gone(lab):
    """PostgreSQL is killed and comes back while runs are on their way: the worker goes on by itself."""
    lab.start()
    before, during = lab.submit("null"), lab.submit("null", seconds=2)
    n, m = lab.job(before), lab.job(during)
    p = lab.execute(during, m, background=True)
    lab.wait(during, "running")
    lab.sh(f". {TOP}/tests/lib/pg.sh; PG_VAR={lab.var}; pg_kill; sleep 3; pg_again")
    assert p.wait(30) == 0
    lab.move(m, "COMPLETED")
    lab.execute(before, n)
    after = lab.submit("null")
    lab.execute(after, lab.job(after, 60))
    for run in (before, during, after):
        lab.wait(run, "finished", timeout=60)
        lab.check_once(run)
    assert lab.worker.poll() is None, "the worker ended"


def upload_killed(lab):
    """kill -9 around the commit of an upload: one file, one blob, the quota counted once."""
    for point in ("upload_before_commit", "upload_after_commit"):
        upload, data = new_id("upl"), os.urandom(100000)
        with open(f"{lab.var}/uploads/{upload}", "wb") as f:
            f.write(data)
        used = int(lab.one("SELECT used_b FROM quota WHERE scope = 'project'"))
        lab.sql(f"SELECT quota_reserve('{PROJECT}', '{OWNER}', 100000)",
                "INSERT INTO upload (id, project_id, account_id, name, length_b, state, expires_at) VALUES"
                f" ('{upload}', '{PROJECT}', '{OWNER}', 'x.bin', 100000, 'complete', now() + interval '1 day')")
        lab.start(fault=point)
        lab.wait_killed()
        lab.start(fault=point)
        lab.until(lambda: lab.one(f"SELECT state FROM upload WHERE id = '{upload}'") == "stored", 10, "stored")
        sha = hashlib.sha256(data).hexdigest()
        assert lab.one(f"SELECT count(*) FROM file WHERE sha256 = decode('{sha}', 'hex')") == "1"
        assert open(f"{lab.var}/store/{sha[:2]}/{sha[2:4]}/{sha}", "rb").read() == data
        assert int(lab.one("SELECT used_b FROM quota WHERE scope = 'project'")) == used + 100000
        lab.stop()


MODULE = """whatis("Description: {text}")
whatis("Category: Tests")
whatis("Keywords: glow, furnace")
help([[{text} Really.]])
"""


def modules(lab):
    """The catalogue follows the module tree through Lmod's own spider: added, changed, made default, deleted."""
    tree = lab.var + "/lmod/modulefiles/athanor-lab"

    def put(version, text):
        os.makedirs(tree, exist_ok=True)
        with open(f"{tree}/{version}.lua", "w") as f:
            f.write(MODULE.format(text=text))

    def rows():
        return lab.sql("SELECT version, summary, is_default, category, array_to_string(keywords, ','), help, load_command FROM module"
                       " WHERE site_id = 'local' AND name = 'athanor-lab' ORDER BY version")

    def see(want, text):
        lab.until(lambda: [r[:3] for r in rows()] == want, 20, f"{text}: {rows()}")

    lab.start(catalogue_poll=500)
    put("1.0", "A lamp.")
    see([["1.0", "A lamp.", "t"]], "added")
    assert rows()[0][3:] == ["Tests", "glow,furnace", "A lamp. Really.", "module load athanor-lab/1.0"], rows()
    put("1.0", "A brighter lamp.")
    see([["1.0", "A brighter lamp.", "t"]], "changed")
    put("2.0", "A sun.")
    see([["1.0", "A brighter lamp.", "f"], ["2.0", "A sun.", "t"]], "a newer version is the default")
    os.unlink(tree + "/2.0.lua")
    see([["1.0", "A brighter lamp.", "t"]], "deleted")
    with open(tree + "/3.0.lua", "w") as f:
        f.write("this is not lua (")
    lab.until(lambda: len(rows()) == 2, 20, "a broken file is there")
    assert rows()[0][:2] == ["1.0", "A brighter lamp."], "it takes nothing away"
    os.unlink(tree + "/3.0.lua")
    lab.stop()
    # Without the regular look: a change is seen by itself, also one of the same second.
    lab.start(catalogue_poll=5000)
    time.sleep(2)
    for text in ("One.", "Two.", "Three."):
        put("1.0", text)
        see([["1.0", text, "t"]], text)
    shutil.rmtree(tree)
    see([], "all gone")


CASES = [("simple", simple)] + [("kill_" + p, killed_at(p)) for p in FAULTS] + [
    (f.__name__, f) for f in (answer_dropped, request_lost, late_copy, copy_in_queue, forgotten, forgotten_unanswered,
                              rejected, throttled, unreachable, cancelled, cancelled_queued, held, continued, failures,
                              results_changed, node_failed, lost, two_workers, database_gone,
                              upload_killed, modules)]

if __name__ == "__main__":
    main(CASES, NullLab)
