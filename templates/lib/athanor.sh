# shellcheck shell=bash
# The job library: sourced by every run.sh, on a compute node, in <run folder>/work.
#
# Flow: ath_begin -> ath_stage … ath_run/ath_engine … -> exactly one of ath_complete, ath_continue, ath_fail.
# What a script decides is written to <run folder>/outcome.json; athanor-job turns it into the manifest.
#
# Caveats: an exit code alone is never evidence, so the functions here only report; run.sh must look for proof.
# SIGTERM reaches the whole process group: engines stop by themselves, this shell notes it in ATH_STOPPED and the
# script leaves with ath_continue once the engine has written its checkpoint.
set -Eeuo pipefail
umask 027

ATH_STOPPED=0      # 1 after SIGTERM: finish what must be finished, then ath_continue
ATH_STAGE=""       # name of the stage being done, as in template.json
ATH_WATCHER=""     # pid of the progress watcher
ATH_OUTCOME=0      # 1 once outcome.json is written
: "${ATH_RUN_DIR:?the job library is used inside a run}" "${ATH_LIB:?}"
: "${ATH_ATTEMPT:=1}" "${ATH_CPUS:=1}" "${ATH_GPUS:=0}" "${ATH_DEADLINE:=0}"
export ATH_RUN_DIR ATH_LIB ATH_ATTEMPT ATH_CPUS ATH_GPUS ATH_DEADLINE
export PYTHONPATH="$ATH_LIB" PYTHONDONTWRITEBYTECODE=1

ath_job() { python3 "$ATH_LIB/athjob.py" "$@"; }
ath_say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*"; }

# ath_begin: traps, modules, results folder. First call of every run.sh.
ath_begin() {
    trap 'ATH_STOPPED=1; ath_say "asked to stop"' TERM
    trap 'ath_on_error "$?" "$LINENO" "$BASH_COMMAND"' ERR
    trap 'ath_on_exit "$?"' EXIT
    ath_load_modules
    mkdir -p "$ATH_RUN_DIR/results" "$ATH_RUN_DIR/work"
    command -v python3 >/dev/null || {
        # Without python3 the library cannot quote JSON, so this one outcome is a constant.
        printf '%s\n' '{"outcome":"failed","cause":"no_python","text":"python3 is not available on the compute node.","hint":"Ask the administrator to install python3 (3.9 or newer) on the compute nodes."}' >"$ATH_RUN_DIR/outcome.json"
        ATH_OUTCOME=1
        exit 1
    }
    ath_wait_policy
    ath_say "attempt $ATH_ATTEMPT: $ATH_CPUS CPUs, $ATH_GPUS GPUs, $(ath_seconds_left) s left"
}

# OpenMP threads spin while they wait, which is right on cores of one's own and halves the speed on cores that others
# use too (measured with mdrun: 2.5 against 4.2 ns/day). A machine busier than it has cores is shared.
ath_wait_policy() {
    local load
    read -r load _ <"/proc/loadavg" || return 0
    if awk -v l="$load" -v n="$(nproc --all)" 'BEGIN { exit !(l > n) }'; then
        export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
    fi
}

# Lmod's own functions are not written for strict mode, so it is off around them.
ath_load_modules() {
    [ -n "${ATH_LMOD_INIT:-}" ] && [ -n "${ATH_MODULES:-}" ] || return 0
    local module rc=0
    [ -r "$ATH_LMOD_INIT" ] || ath_fail no_lmod "Lmod's start file is not readable on the compute node." \
        "Ask the administrator to check ATH_LMOD_INIT of this site."
    set +eu
    trap - ERR
    # shellcheck disable=SC1090
    . "$ATH_LMOD_INIT"
    for module in $ATH_MODULES; do
        module load "$module" || { rc=1; break; }
    done
    trap 'ath_on_error "$?" "$LINENO" "$BASH_COMMAND"' ERR
    set -eu
    [ "$rc" = 0 ] || ath_fail module_missing "The module $module could not be loaded on the compute node." \
        "Choose another version of the program, or ask the administrator whether the module tree is mounted there."
}

# ath_stage NAME: enter a stage of template.json.
ath_stage() {
    ATH_STAGE=$1
    ath_say "stage $1"
    ath_progress 0 1
}

# ath_progress STEP STEPS [name=value…]: one line of progress.ndjson. It is a courtesy: it never fails the run.
ath_progress() {
    local step=$1 steps=$2
    shift 2
    ath_job progress "$ATH_STAGE" "$step" "$steps" "$@" || ath_say "progress could not be written"
}

# ath_fail CODE TEXT HINT [LOG]: the run failed for a known reason; LOG's last lines are shown to people.
ath_fail() {
    ath_watch_stop
    ath_say "failed: $1: $2"
    ATH_OUTCOME=1
    ath_job failed "$1" "$2" "$3" ${4:+"$4"}
    exit 1
}

# ath_explain STEP LOG…: a step failed; the template's failure table says why, else STEP is named.
ath_explain() {
    ath_watch_stop
    [ "$ATH_STOPPED" = 0 ] || ath_continue signal
    ath_say "failed: $1"
    ATH_OUTCOME=1
    ath_job explain "$@"
    exit 1
}

# ath_continue REASON: not done; a new attempt goes on from work/. REASON: walltime or signal.
ath_continue() {
    ath_watch_stop
    ath_say "to be continued: $1"
    ATH_OUTCOME=1
    ath_job continue "$1"
    exit 0
}

# ath_complete: all evidence was seen and results/results.json is written.
ath_complete() {
    ath_watch_stop
    [ -s "$ATH_RUN_DIR/results/results.json" ] || ath_fail no_results "The analysis wrote no results." \
        "Look at the log of the attempt; if the disk was full, free space and run again."
    ATH_OUTCOME=1
    ath_job complete
    ath_say "complete"
    exit 0
}

# A command failed that the script did not test: say where, rather than leave only an exit code.
ath_on_error() {
    local rc=$1 line=$2 command=$3
    [ "$ATH_OUTCOME" = 0 ] && [ "$BASH_SUBSHELL" = 0 ] || return 0
    [ "$ATH_STOPPED" = 0 ] || ath_continue signal
    ath_fail script_error "The job script stopped at line $line (exit status $rc): ${command%%$'\n'*}" \
        "Look at the attempt's log. If the disk was full, free space and run again; else report this to the template's author."
}

ath_on_exit() {
    local rc=$1
    ath_watch_stop
    [ "$ATH_OUTCOME" = 0 ] || return 0
    if [ "$ATH_STOPPED" = 1 ]; then
        ath_job continue signal
        exit 0
    fi
    ath_job failed script_error "The job script ended early (exit status $rc) during ${ATH_STAGE:-start}." \
        "Look at the attempt's log."
    exit 1
}

# ath_seconds_left: until the deadline; a year when there is none.
ath_seconds_left() {
    if [ "$ATH_DEADLINE" -le 0 ]; then
        echo 31536000
    else
        echo $((ATH_DEADLINE - $(date +%s)))
    fi
}

# ath_need SECONDS: go on only if that much time is left, else continue in a new attempt.
ath_need() {
    [ "$ATH_STOPPED" = 0 ] || ath_continue signal
    [ "$(ath_seconds_left)" -ge "$1" ] || ath_continue walltime
}

# ath_maxh: hours left for an engine that stops by itself (mdrun -maxh stops at 0.99 of it).
ath_maxh() { awk -v s="$(ath_seconds_left)" 'BEGIN { printf "%.5f", (s > 1 ? s : 1) / 3600 }'; }

# ath_record COMMAND…: one line of commands.log, for provenance; paths of the run folder become relative to work/.
ath_record() {
    local line
    printf -v line '%q ' "$@"
    line=${line//"$ATH_RUN_DIR"/..}
    printf '%s\n' "${line% }" >>"$ATH_RUN_DIR/work/commands.log"
}

# ath_run LOG COMMAND…: a short tool, output to LOG; returns its exit status. Recorded.
ath_run() { ath_engine "$@"; }

# ath_engine LOG COMMAND…: run in the background and wait, so that SIGTERM is seen at once and the engine can still
# write its checkpoint. stdin is the function's own. Returns the exit status of COMMAND.
ath_engine() {
    local log=$1 rc=0 pid told=0
    shift
    ath_record "$@"
    "$@" >"$log" 2>&1 <&0 &
    pid=$!
    while :; do
        rc=0
        wait "$pid" || rc=$?
        if [ "$ATH_STOPPED" = 0 ] || [ "$rc" -le 128 ]; then
            break
        fi
        # The trap ended the wait. Perhaps only this shell was told, not the group: pass it on, once.
        if [ "$told" = 0 ]; then
            told=1
            kill -TERM "$pid" 2>/dev/null || true
        elif ! kill -0 "$pid" 2>/dev/null; then
            break
        fi
    done
    return "$rc"
}

# ath_watch_start COMMAND…: a background reader that turns an engine's log into progress lines; ends with the run.
ath_watch_start() {
    ath_watch_stop
    "$@" &
    ATH_WATCHER=$!
}

ath_watch_stop() {
    [ -n "$ATH_WATCHER" ] || return 0
    kill -TERM "$ATH_WATCHER" 2>/dev/null || true
    wait "$ATH_WATCHER" 2>/dev/null || true
    ATH_WATCHER=""
}
