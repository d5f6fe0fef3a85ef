"""A worker to experiment on: throw-away database, one project, the template `tiny`, a worker process that may be killed.

Used by worker_null.py (scripted site, the test plays the scheduler) and worker_slurm.py (real Slurm).
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
OWNER, PROJECT = "usr_00000000000000000000000001", "prj_00000000000000000000000001"


def new_id(prefix):
    n = int(time.time() * 1000) << 80 | random.getrandbits(80)
    return prefix + "_" + "".join(ALPHABET[n >> 5 * i & 31] for i in range(25, -1, -1))


def quote(text):
    return "'" + str(text).replace("'", "''") + "'"


class Lab:
    def __init__(self, build, **settings):
        self.build = os.path.abspath(build)
        self.var = tempfile.mkdtemp(prefix="ath-lab.")
        os.chmod(self.var, 0o711)
        self.settings = dict(var=self.var, libexec_dir=self.build, templates_dir=self.var + "/templates",
                             migrations_dir=TOP + "/migrations", log_json="false", worker_poll=100, site_poll=200,
                             adopt_settle=1500, lost_settle=3000, helper_deadline=15000, worker_lease=3000,
                             catalogue_poll=600000, **settings)
        self.worker = None
        for folder in ("run", "log", "projects", "uploads", "store", "lmod/modulefiles"):
            os.makedirs(f"{self.var}/{folder}")
        shutil.copytree(HERE + "/templates", self.var + "/templates")
        shutil.copytree(TOP + "/templates/lib", self.var + "/templates/lib")
        self.sh(f". {TOP}/tests/lib/pg.sh; pg_start {self.var} && pg_schema {self.build}/athanorctl {TOP}/migrations")
        self.sql("INSERT INTO account (id, login, display_name) VALUES ('%s', 'owner', 'Owner')" % OWNER,
                 "INSERT INTO project (id, name, created_by) VALUES ('%s', 'Lab', '%s')" % (PROJECT, OWNER),
                 "INSERT INTO quota (scope, id, limit_b) VALUES ('account', '%s', 1000000000000), ('project', '%s', 1000000000000)"
                 % (OWNER, PROJECT))

    def sh(self, script):
        subprocess.run(["bash", "-euc", script], check=True)

    def sql(self, *statements):
        """Runs statements as the superuser; rows of the last one as lists of text."""
        text = ";\n".join(statements)
        r = subprocess.run(["psql", "-XqAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-h", self.var + "/pg/run", "-U",
                            "postgres", "-d", "athanor"], input=text + ";\n", capture_output=True, text=True)
        if r.returncode:
            raise RuntimeError(r.stderr)
        return [line.split("\x1f") for line in r.stdout.splitlines()]

    def one(self, statement):
        rows = self.sql(statement)
        return rows[0][0] if rows else None

    # ---- worker

    def start(self, fault="", **settings):
        assert self.worker is None
        args = [self.build + "/athanor-worker"]
        for k, v in {**self.settings, **settings, "fault_point": fault}.items():
            args += ["--set", f"{k}={v}"]
        log = open(self.var + "/log/worker.log", "ab")
        self.worker = subprocess.Popen(args, stderr=log, stdout=log)
        log.close()

    def stop(self, sig=signal.SIGTERM, timeout=30):
        self.worker.send_signal(sig)
        rc = self.worker.wait(timeout)
        self.worker = None
        return rc

    def sanitizer_reports(self):
        """Prints what a sanitizer said in the worker's log; true when there was something."""
        text = ""
        if os.path.exists(self.var + "/log/worker.log"):
            with open(self.var + "/log/worker.log", errors="replace") as f:
                text = f.read()
        found = re.search(r"(?:runtime error: |Sanitizer: )", text)
        if found:
            print(text[max(0, found.start() - 200):found.start() + 4000])
        return found is not None

    def wait_killed(self, timeout=30):
        rc = self.worker.wait(timeout)
        self.worker = None
        assert rc == -signal.SIGKILL, f"the worker ended with {rc}, not by its fault point"

    def fault_clear(self, point):
        """Forgets that a fault point had its kill; returns the file that remembers."""
        marker = f"{self.var}/run/fault-{point}"
        if os.path.exists(marker):
            os.unlink(marker)
        return marker

    def close(self, failed=False):
        if self.worker:
            self.stop(signal.SIGKILL)
        self.sh(f". {TOP}/tests/lib/pg.sh; PG_VAR={self.var}; pg_stop || true")
        if failed:
            print(f"kept: {self.var}", file=sys.stderr)
        else:
            shutil.rmtree(self.var)

    # ---- runs

    def submit(self, site, seconds=0, ending="complete", n=1, walltime=None, gpus=0):
        """What POST /runs does, n times in one transaction; returns the ids."""
        spec = {"version": 1, "template": {"id": "tiny", "version": "1.0.0"}, "structure": None,
                "params": {"seconds": seconds, "ending": ending}, "resolved": {"seconds": seconds, "ending": ending},
                "derived": {}, "resources": {"nodes": 1, "cpus": 1, "gpus": gpus, "memory_mb": 50,
                                             "walltime_s": walltime or 60 + int(seconds), "disk_b": 1000000},
                "modules": [], "estimate": {}, "preset": None}
        self.until(lambda: self.one(f"SELECT 1 FROM site WHERE id = '{site}'"), 20, "the worker's row of its site")
        ids = [new_id("run") for _ in range(n)]
        out = ["BEGIN"]
        for i in ids:
            out.append(f"SELECT quota_reserve('{PROJECT}', '{OWNER}', 1000000)")
            out.append("INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec, reserved_b)"
                       f" VALUES ('{i}', '{PROJECT}', '{OWNER}', 'r', 'tiny', '1.0.0', '{site}', {quote(json.dumps(spec))}, 1000000)")
            out.append(f"SELECT run_event_append('{i}', NULL, 'submit', 0, '{OWNER}', '{{}}')")
        self.sql(*out, "SELECT pg_notify('work', 'run')", "COMMIT")
        return ids[0] if n == 1 else ids

    def ask(self, run, kind):
        self.sql(f"SELECT run_event_append('{run}', NULL, '{kind}', 0, '{OWNER}', '{{}}')", "SELECT pg_notify('work', 'run')")

    def state(self, run):
        return self.one(f"SELECT state FROM run WHERE id = '{run}'")

    def wait(self, run, *states, timeout=30):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            got = self.state(run)
            if got in states:
                return got
            time.sleep(0.05)
        raise AssertionError(f"{run} is {self.state(run)}, wanted {states}: {self.events(run)}")

    def until(self, what, timeout=30, text=""):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            got = what()
            if got:
                return got
            time.sleep(0.05)
        raise AssertionError(f"did not happen in {timeout} s: {text}")

    def events(self, run):
        return [r[0] for r in self.sql(f"SELECT kind FROM run_event WHERE run_id = '{run}' ORDER BY seq")]

    def folder(self, run):
        return f"{self.var}/projects/{PROJECT}/runs/{run}"

    def executions(self, run):
        try:
            with open(self.folder(run) + "/work/executions") as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []

    def check_once(self, run, attempts=1):
        """Exactly one effective execution an attempt and one result; quota and events in order."""
        assert [e.split()[0] for e in self.executions(run)] == [str(i + 1) for i in range(attempts)], self.executions(run)
        assert self.one(f"SELECT count(*) FROM run_result WHERE run_id = '{run}'") == "1", "results"
        kinds = self.events(run)
        assert kinds.count("finished") == 1 and kinds.count("intent") == attempts, kinds
        assert self.one(f"SELECT event_seq = folded_seq AND reserved_b = 0 AND lease_owner IS NULL FROM run WHERE id = '{run}'") == "t"

    def log(self):
        with open(self.var + "/log/worker.log") as f:
            return f.read()


def main(cases, make, by_name=()):
    """Runs the named cases (by default all of cases, none of by_name; "-name" leaves one out) in one lab, kept on failure."""
    build = os.environ.get("B", "build")
    wanted = [a for a in sys.argv[1:] if a[0] != "-"]
    unwanted = [a[1:] for a in sys.argv[1:] if a[0] == "-"]
    failed = []
    lab = make(build)
    for name, fn in [*cases, *(c for c in by_name if c[0] in wanted)]:
        if (wanted and name not in wanted) or name in unwanted:
            continue
        begin = time.monotonic()
        try:
            fn(lab)
            print(f"ok   {name} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Exception as e:
            failed.append(name)
            print(f"FAIL {name}: {type(e).__name__}: {e}", flush=True)
        if lab.worker:
            lab.stop(signal.SIGKILL)
    if lab.sanitizer_reports():
        failed.append("sanitizer")
    lab.close(bool(failed))
    print(f"{len(failed)} failed" + (": " + ", ".join(failed) if failed else ""))
    sys.exit(1 if failed else 0)
