#!/usr/bin/env python3
"""helper-slurm and athanor-job against a real Slurm of three nodes with two file-backed GPUs each.

Usage: helper_slurm.py BUILD_FOLDER [case…]. Starts and ends its own cluster below a temporary folder.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from frames import Helper, NoAnswer, pack  # noqa: E402

ERROR, INFO, SUBMIT, JOBS, CONTROL = 3, 10, 20, 30, 40
BUILD = os.path.abspath(sys.argv[1])
SLURM_SH = os.path.join(HERE, "..", "lib", "slurm.sh")


def slurm(*args):
    subprocess.run([SLURM_SH, args[0], CLUSTER, *args[1:]], check=True)


def start_helper():
    env = {"PATH": os.environ["PATH"], "SLURM_CONF": CLUSTER + "/slurm.conf", "ATH_SECRET": "must not reach the job"}
    return Helper([BUILD + "/helper-slurm"], env)


def submit(h, key, script, nodes=1, cpus=1, gpus=0, memory=100, seconds=600, hold=0, partition="", work=None, wait=30):
    work = work or ROOT
    return h.ask(SUBMIT, key, work, script, f"{work}/{key}.out", f"{work}/{key}.err", partition, "", "", nodes, cpus,
                 gpus, memory, seconds, hold, seconds=wait)


def job_id(reply):
    assert reply.kind == SUBMIT + 1, (reply.i(), reply.s(), reply.s())
    n = reply.i()
    reply.s()
    assert n > 0 and reply.end()
    return n


def refusal(reply):
    assert reply.kind == ERROR, reply.kind
    status, code, text = reply.i(), reply.s(), reply.s()
    assert reply.end()
    return status, code, text


FIELDS = "id name state reason submit eligible start end exit_code signal restarts nodes priority".split()


def jobs(h, last=0, prefix="t-"):
    r = h.ask(JOBS, last, prefix)
    assert r.kind == JOBS + 1, (r.i(), r.s(), r.s())
    update, unchanged, count = r.i(), r.i(), r.i()
    found = {}
    for _ in range(count):
        j = {f: (r.s() if f in ("name", "state", "reason", "nodes") else r.i()) for f in FIELDS}
        found[j["id"]] = j
    assert r.end()
    return update, unchanged, found


def wait_state(h, n, *states, seconds=40):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        j = jobs(h)[2].get(n)
        if j and j["state"] in states:
            return j
        time.sleep(0.2)
    raise AssertionError(f"job {n} is {j}, not {states}")


def read(path):
    with open(path) as f:
        return f.read()


def test_info(h):
    r = h.ask(INFO)
    assert r.kind == INFO + 1
    version = r.s()
    assert version.count(".") == 2, version
    assert [r.i() for _ in range(5)] == [12, 6, 3, 3, 12]
    parts = {}
    for _ in range(r.i()):
        name = r.s()
        parts[name] = (r.i(), r.i())
    assert r.end() and parts == {"main": (2 * 86400, 1), "short": (3600, 0)}, parts


def test_job_runs_with_its_resources_and_an_empty_environment(h):
    n = job_id(submit(h, "t-env", "#!/bin/sh\nenv\npwd\nexit 3\n", cpus=3, gpus=2, partition="short"))
    j = wait_state(h, n, "FAILED")
    assert j["exit_code"] == 3 and j["signal"] == 0 and j["nodes"].startswith("n") and j["end"] >= j["start"], j
    out = read(f"{ROOT}/t-env.out")
    assert "SLURM_GPUS_ON_NODE=2" in out and "SLURM_CPUS_PER_TASK=3" in out, out
    assert "ATH_SECRET" not in out and out.strip().endswith(ROOT), out


def test_refusals_say_why(h):
    for args, word in [({"partition": "nowhere"}, "partition"), ({"gpus": 9}, "onfiguration"),
                       ({"seconds": 7200, "partition": "short"}, "ime limit"), ({"nodes": 50}, "processors"),
                       ({"cpus": 0}, "cpus")]:
        status, code, text = refusal(submit(h, "t-no", "#!/bin/sh\n", **args))
        assert status == 1 and word in text, (args, status, code, text)
    status, code, _ = refusal(submit(h, "", "#!/bin/sh\n"))
    assert status == 1
    # Slurm remembers what it refused for its size as a failed job that never had a node.
    for j in jobs(h)[2].values():
        if j["name"] == "t-no":
            assert j["state"] == "FAILED" and j["reason"] == "BadConstraints" and j["nodes"] == "", j


def test_malformed_frames_are_answered(h):
    # Malformed must not mean dead.
    for frame in (pack(99), pack(JOBS), pack(JOBS, 0, "x", 7), pack(SUBMIT, "key"), pack(CONTROL, -1, "cancel", 0),
                  pack(CONTROL, 1, "explode", 0)):
        h.send(frame)
        assert refusal(h.receive())[0] == 1


def test_hold_release_cancel(h):
    n = job_id(submit(h, "t-held", "#!/bin/sh\nsleep 60\n", hold=1))
    j = wait_state(h, n, "PENDING")
    assert j["priority"] == 0 and "Held" in j["reason"], j
    assert h.ask(CONTROL, n, "release", 0).i() == 1
    wait_state(h, n, "RUNNING")
    assert h.ask(CONTROL, n, "cancel", 0).i() == 1
    wait_state(h, n, "CANCELLED")
    assert h.ask(CONTROL, n, "cancel", 0).i() == 0  # gone already
    assert h.ask(CONTROL, 999999, "cancel", 0).i() == 0

    n = job_id(submit(h, "t-wait", "#!/bin/sh\n", hold=1))
    assert h.ask(CONTROL, n, "release", 0).kind == CONTROL + 1
    wait_state(h, n, "COMPLETED")
    n = job_id(submit(h, "t-wait2", "#!/bin/sh\nsleep 60\n", nodes=3, cpus=4))
    m = job_id(submit(h, "t-queue", "#!/bin/sh\nsleep 60\n"))
    j = wait_state(h, m, "PENDING")
    assert h.ask(CONTROL, m, "hold", 0).i() == 1
    assert jobs(h)[2][m]["priority"] == 0
    for k in (n, m):
        h.ask(CONTROL, k, "cancel", 0)
    wait_state(h, n, "CANCELLED")


def test_reason_for_waiting(h):
    a = job_id(submit(h, "t-full", "#!/bin/sh\nsleep 60\n", nodes=3, cpus=4))
    wait_state(h, a, "RUNNING")
    b = job_id(submit(h, "t-next", "#!/bin/sh\nsleep 1\n", cpus=4))
    until = time.monotonic() + 20
    while jobs(h)[2][b]["reason"] not in ("Resources", "Priority"):
        assert time.monotonic() < until, jobs(h)[2][b]
        time.sleep(0.5)
    h.ask(CONTROL, a, "cancel", 0)
    wait_state(h, b, "COMPLETED")


def test_unchanged_is_cheap(h):
    time.sleep(1.1)
    update, unchanged, found = jobs(h)
    assert not unchanged and found
    time.sleep(1.1)
    update, _, _ = jobs(h)
    assert jobs(h, update)[1] == 1
    n = job_id(submit(h, "t-new", "#!/bin/sh\n", hold=1))
    _, unchanged, found = jobs(h, update)
    assert not unchanged and n in found
    assert not jobs(h, 0, "other-")[2]
    h.ask(CONTROL, n, "cancel", 0)


RUN_SH = """
. "$ATH_RUN_DIR/say"
echo "step $ATH_CPUS $ATH_GPUS $ATH_DEADLINE $HOME" >> log
trap 'echo "{\\"outcome\\":\\"continue\\",\\"reason\\":\\"walltime\\"}" > "$ATH_RUN_DIR/outcome.json"; exit 0' TERM
for i in $(seq 600); do [ -e "$ATH_RUN_DIR/finish" ] && break; sleep 0.1; done
mkdir -p "$ATH_RUN_DIR/results"
echo '{"version":1}' > "$ATH_RUN_DIR/results/results.json"
echo '{"outcome":"complete"}' > "$ATH_RUN_DIR/outcome.json"
"""


def run_folder(name):
    run = f"{ROOT}/{name}"
    os.makedirs(run + "/template")
    os.makedirs(run + "/work")
    with open(run + "/run.json", "w") as f:
        json.dump({"key": "t-" + name, "attempt": 1, "resources": {"walltime_s": 600}}, f)
    with open(run + "/env", "w") as f:
        f.write("PATH=/usr/bin:/bin\0ATH_ALIVE_S=0.3\0")
    with open(run + "/template/run.sh", "w") as f:
        f.write(RUN_SH)
    with open(run + "/say", "w") as f:
        f.write(":\n")
    return run, f"#!/bin/sh\nexec {BUILD}/athanor-job {run} 1\n"


def manifest(run):
    return json.loads(read(run + "/manifest.json"))


def wait_file(path, seconds=20):
    until = time.monotonic() + seconds
    while not os.path.exists(path):
        assert time.monotonic() < until, path
        time.sleep(0.1)


def test_second_submission_leaves(h):
    run, script = run_folder("twice")
    a = job_id(submit(h, "t-twice", script, cpus=2, work=run))
    wait_file(run + "/attempt/a01/claim/owner")
    wait_file(run + "/work/log")
    b = job_id(submit(h, "t-twice", script, work=run))
    assert wait_state(h, b, "FAILED")["exit_code"] == 77
    open(run + "/finish", "w").close()
    wait_state(h, a, "COMPLETED")
    m = manifest(run)
    assert m["job_id"] == str(a) and m["outcome"] == "complete" and m["exit_code"] == 0 and m["results_sha256"], m
    assert f"{a} " in read(run + "/attempt/a01/claim/owner") and f" {b} " in read(run + "/attempt/a01/duplicates")
    log = read(run + "/work/log")
    assert log.count("step") == 1 and log.startswith("step 2 0 ") and log.strip().endswith(run + "/work"), log


def test_requeue_goes_on_with_the_same_claim(h):
    run, script = run_folder("again")
    a = job_id(submit(h, "t-again", script, work=run))
    wait_file(run + "/work/log")
    assert h.ask(CONTROL, a, "requeue", 0).i() == 1
    until = time.monotonic() + 200
    while read(run + "/work/log").count("step") < 2:
        assert time.monotonic() < until, jobs(h)[2][a]
        time.sleep(0.5)
    open(run + "/finish", "w").close()
    wait_state(h, a, "COMPLETED")
    assert manifest(run)["outcome"] == "complete" and jobs(h)[2][a]["restarts"] == 1


def test_kill_of_the_wrapper_ends_the_work(h):
    run, script = run_folder("shot")
    a = job_id(submit(h, "t-shot", script, work=run))
    wait_file(run + "/work/log")
    os.kill(int(read(run + "/attempt/a01/claim/owner").split()[2]), signal.SIGKILL)
    assert wait_state(h, a, "FAILED", "CANCELLED")["signal"] == 9
    assert not os.path.exists(run + "/manifest.json")
    time.sleep(0.5)
    assert not subprocess.run(["pgrep", "-f", run + "/template/run.sh"], capture_output=True).stdout


def test_cancel_lets_the_work_stop(h):
    run, script = run_folder("stop")
    a = job_id(submit(h, "t-stop", script, work=run))
    wait_file(run + "/work/log")
    h.ask(CONTROL, a, "cancel", signal.SIGTERM)
    wait_state(h, a, "COMPLETED")
    m = manifest(run)
    assert m["outcome"] == "continue" and m["stop_signal"] == signal.SIGTERM and not m["timed_out"], m


def test_node_failure_restarts(h):
    run, script = run_folder("node")
    a = job_id(submit(h, "t-node", script, work=run))
    wait_file(run + "/work/log")
    node = jobs(h)[2][a]["nodes"]
    env = dict(os.environ, SLURM_CONF=CLUSTER + "/slurm.conf")
    subprocess.run(["scontrol", "update", "node=" + node, "state=down", "reason=test"], check=True, env=env)
    until = time.monotonic() + 200
    while read(run + "/work/log").count("step") < 2:
        assert time.monotonic() < until, jobs(h)[2][a]
        time.sleep(0.5)
    open(run + "/finish", "w").close()
    wait_state(h, a, "COMPLETED")
    m = manifest(run)
    assert m["outcome"] == "complete" and m["job_id"] == str(a), m
    subprocess.run(["scontrol", "update", "node=" + node, "state=resume"], env=env, stderr=subprocess.DEVNULL)


def test_munge_down(h):
    """Without credentials nothing can be said about the job: this must not look like a refusal. libslurm tries for long."""
    with open(CLUSTER + "/run/munged.pid") as f:
        munged = int(f.read())
    os.kill(munged, signal.SIGKILL)
    try:
        status, code, text = refusal(submit(h, "t-munge", "#!/bin/sh\n", wait=8))
        assert status != 1 and code in ("slurm_no_answer", "slurm_unreachable"), (status, code, text)
    except NoAnswer:
        pass
    finally:
        slurm("start", "3", "2", "300")
    h.p.kill()
    h.p.wait()
    h = start_helper()
    job_id(submit(h, "t-munge2", "#!/bin/sh\n"))
    assert h.close() == 0


def test_controller_down(h):
    """No answer or 'unreachable' in words, never an invented one; all is right when it returns."""
    n = job_id(submit(h, "t-outage", "#!/bin/sh\nsleep 5\n"))
    wait_state(h, n, "RUNNING")
    slurm("stop-ctld")
    try:
        _, code, text = refusal(h.ask(JOBS, 0, "t-", seconds=25))
        assert code == "slurm_unreachable", (code, text)
    except NoAnswer:
        pass
    h.p.kill()
    h.p.wait()
    slurm("start-ctld")
    h = start_helper()
    until = time.monotonic() + 30
    while h.ask(JOBS, 0, "t-").kind != JOBS + 1:
        assert time.monotonic() < until
        time.sleep(0.5)
    wait_state(h, n, "COMPLETED")
    assert h.close() == 0


def main():
    slurm("start", "3", "2", "300")
    h = start_helper()
    only = sys.argv[2:]
    for name, test in list(globals().items()):
        if name.startswith("test_") and (not only or name in only):
            t = time.monotonic()
            if h.p.poll() is not None:
                h = start_helper()
            test(h)
            print(f"ok - {name} ({time.monotonic() - t:.1f} s)", flush=True)


if __name__ == "__main__":
    ROOT = tempfile.mkdtemp(prefix="ath-helper-")
    os.chmod(ROOT, 0o711)
    CLUSTER = ROOT + "/slurm"
    try:
        main()
    finally:
        slurm("stop")
        if os.environ.get("KEEP"):
            print("kept:", ROOT)
        else:
            shutil.rmtree(ROOT, ignore_errors=True)
