#!/bin/bash
# Run the simulation templates for real, through athanor-job but without the portal, and judge what they leave behind.
#
# Usage: B=build template_run.sh [case…]
# Cases: gpu_arguments readers sample resume failures limits xtb (by default), and for the long check sample_full fields. Each
# makes its own run folders below a temporary folder, which is kept on failure.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
B=${B:-$TOP/build}
JOB=$(realpath "$B/athanor-job")
MD=$TOP/templates/protein-md
XTB=$TOP/templates/xtb-relax
TMP=$(mktemp -d "${TMPDIR:-/tmp}/athanor-templates.XXXXXX")
NAME=""

die() {
    echo "template_run: $NAME: $*" >&2
    echo "template_run: the run folders are kept in $TMP" >&2
    exit 1
}

# folder NAME TEMPLATE REQUEST STRUCTURE [parameter=value…]: a fresh run folder, its path in RUN.
folder() {
    NAME=$1
    RUN=$TMP/$1
    python3 "$TOP/tests/lib/run_folder.py" "$2" "$3" "$4" "$RUN" "${@:5}" --site-cpus 2 >"$TMP/$1.made" || die "no run folder"
    printf 'ATH_MARGIN_S=0\0' >>"$RUN/env"
}

# attempt NUMBER [SECONDS]: one attempt, with a deadline when SECONDS is given. In the environment of no scheduler.
attempt() {
    local end=()
    jq --argjson n "$1" '.attempt = $n' "$RUN/run.json" >"$RUN/run.json.new"
    mv "$RUN/run.json.new" "$RUN/run.json"
    [ -z "${2:-}" ] || end=(SLURM_JOB_END_TIME=$(($(date +%s) + $2)))
    env -i PATH="$PATH" SLURM_JOB_ID="test-$1" SLURM_CPUS_ON_NODE=2 "${end[@]}" "$JOB" "$RUN" "$1" || true
}

manifest() { jq -r "$1" "$RUN/manifest.json"; }

# expect OUTCOME [CAUSE]: what the manifest must say.
expect() {
    [ "$(manifest .outcome)" = "$1" ] || die "outcome is $(manifest .outcome), not $1: $(manifest '.outcome_data|tojson')"
    [ -z "${2:-}" ] || [ "$(manifest '.outcome_data.cause // .outcome_data.reason')" = "$2" ] ||
        die "the cause is $(manifest '.outcome_data|tojson'), not $2"
    if [ "$1" = failed ]; then
        [ "$(manifest '.outcome_data | (.text | length > 10) and (.hint | length > 10)')" = true ] || die "no words for $2"
        [ ! -e "$RUN/results/results.json" ] || die "a failed run left results"
    fi
}

# results EXPECTED.json: the results keep the contract, are the ones the manifest hashed, and are as expected.
results() {
    python3 "$TOP/tests/lib/check_results.py" "$RUN" || die "results break the contract"
    [ "$(manifest .results_sha256)" = "$(sha256sum "$RUN/results/results.json" | cut -d' ' -f1)" ] || die "hash differs"
    python3 "$TOP/templates/lib/check_expected.py" "$1" "$RUN/results/results.json" || die "results are not as expected"
}

progress() {
    [ -s "$RUN/progress.ndjson" ] || die "no progress"
    jq -es 'all(.[]; .fraction >= 0 and .fraction <= 1 and (.stages | index(.stage)? // true)) and
        ([.[].fraction] as $f | [range(1; $f | length) | $f[.] >= $f[. - 1]] | all)' "$RUN/progress.ndjson" >/dev/null ||
        die "progress goes back or leaves 0…1"
}

sample() {
    folder md-check "$MD" "$MD/sample/request-check.json" "$MD/sample/chignolin.pdb"
    attempt 1
    expect complete
    results "$MD/sample/expected-check.json"
    progress
    jq -es 'any(.[]; .stage == "production" and .values.temperature_k > 200)' "$RUN/progress.ndjson" >/dev/null ||
        die "no energies while it ran"
}

# SIGTERM in production, then -maxh in production, then a lost checkpoint, then the end: one whole trajectory.
resume() {
    folder md-resume "$MD" "$MD/sample/request-check.json" "$MD/sample/chignolin.pdb" \
        production_ns=0.015 output_interval_ps=0.1
    # A loaded machine may need seconds to get to production; the deadline below must still stop it there.
    sed -i 's/^END_RESERVE=5/END_RESERVE=1/' "$RUN/template/run.sh"
    attempt 1 &
    local pid=$! i
    for ((i = 0; i < 1200; i++)); do
        [ ! -s "$RUN/work/md.log" ] || ! grep -q "^ *Step  *Time" "$RUN/work/md.log" || break
        sleep 0.1
    done
    pkill -TERM -P "$pid" -x athanor-job || die "production did not begin"
    wait "$pid"
    expect continue signal
    [ -s "$RUN/work/md.cpt" ] || die "no checkpoint after SIGTERM"

    attempt 2 8
    expect continue walltime
    [ ! -e "$RUN/work/md.gro" ] || die "-maxh did not stop production"

    cp -a "$RUN" "$RUN-lost"
    rm "$RUN-lost/work/md.cpt"
    rm -f "$RUN-lost/work/md_prev.cpt"
    NAME=md-lost
    RUN=$RUN-lost
    attempt 3
    expect failed checkpoint_lost
    NAME=md-resume
    RUN=${RUN%-lost}

    attempt 3
    expect complete
    printf '%s' '{"version":1,"checks":[{"frames":"preview","min":151,"max":151},{"summary":"frames","min":151,"max":151},
        {"points":"temperature","min":151,"max":151},{"summary":"simulated_time","value":0.015,"tolerance":1e-6}]}' >"$TMP/whole.json"
    results "$TMP/whole.json"
    [ "$(grep -c "Started mdrun" "$RUN/work/md.log")" = 3 ] || die "production was not continued twice"
}

# broken NAME CAUSE sed-EXPRESSION [parameter=value…]: chignolin changed by sed must fail with CAUSE.
broken() {
    sed -E "$3" "$MD/sample/chignolin.pdb" >"$TMP/$1.pdb"
    folder "$1" "$MD" "$MD/sample/request-check.json" "$TMP/$1.pdb" "${@:4}"
    attempt 1
    expect failed "$2"
}

failures() {
    broken md-unknown unknown_residue 's/ TYR A   2/ XAA A   2/'
    broken md-nucleic nucleic 's/ TYR A   2/  DA A   2/'
    broken md-missing missing_atoms '/ CB  GLU A   5/d'
    broken md-hydrogen atom_name 's/^(ATOM.{8}) H([0-9] )/\1 X\2/' ignore_hydrogens=false
    # Two atoms in one place.
    broken md-clash bad_coordinates 's/^(ATOM.{9}CG  TYR A   1 .{3}).{24}/\1   9.002   4.158  -1.484/'
    folder md-box "$MD" "$MD/sample/request-check.json" "$MD/sample/chignolin.pdb"
    sed -i 's/^\(rcoulomb\|rvdw\) .*/\1 = 3.5/' "$RUN"/rendered/{em,nvt}.mdp
    attempt 1
    expect failed box_too_small
    folder md-explodes "$MD" "$MD/sample/request-check.json" "$MD/sample/chignolin.pdb"
    sed -i 's/^gen-temp .*/gen-temp = 50000/' "$RUN/rendered/nvt.mdp"
    attempt 1
    expect failed blew_up
    folder md-python "$MD" "$MD/sample/request-check.json" "$MD/sample/chignolin.pdb"
    sed -i 's/^prepare$/false/' "$RUN/template/run.sh"
    attempt 1
    expect failed script_error
}

# A disk that is full in the middle: a small tmpfs, so only as root. (Memory: worker_null.sh, for Slurm judges it.)
limits() {
    [ "$(id -u)" = 0 ] || return 0
    folder md-disk "$MD" "$MD/sample/request-check.json" "$MD/sample/chignolin.pdb"
    mount -t tmpfs -o size=2m athanor-test "$RUN/work"
    attempt 1
    umount "$RUN/work"
    expect failed disk_full
}

xtb() {
    folder xtb-sample "$XTB" "$XTB/sample/request.json" "$XTB/sample/ethanol.xyz"
    attempt 1
    expect complete
    results "$XTB/sample/expected.json"
    progress
    folder xtb-gfnff "$XTB" "$XTB/sample/request.json" "$XTB/sample/ethanol.xyz" method=gfnff
    attempt 1
    expect complete
    python3 "$TOP/tests/lib/check_results.py" "$RUN" || die "results break the contract"
    folder xtb-water "$XTB" "$XTB/sample/request.json" "$XTB/sample/ethanol.xyz" method=gfn1 solvent=water frequencies=false
    attempt 1
    expect complete
    python3 "$TOP/tests/lib/check_results.py" "$RUN" || die "results break the contract"
    folder xtb-short "$XTB" "$XTB/sample/request.json" "$XTB/sample/ethanol.xyz" max_cycles=1
    attempt 1
    expect failed not_converged
    folder xtb-spin "$XTB" "$XTB/sample/request.json" "$XTB/sample/ethanol.xyz" charge_e=1
    attempt 1
    expect failed spin
    printf '4\n\nC 0 0 0\nH 0 0 0.05\nH 0 0.05 0\nH 0.05 0 0\n' >"$TMP/collapsed.xyz"
    folder xtb-collapsed "$XTB" "$XTB/sample/request.json" "$TMP/collapsed.xyz" unpaired_electrons=1
    attempt 1
    expect failed bad_geometry
    sed 's/^O /Q /' "$XTB/sample/ethanol.xyz" >"$TMP/strange.xyz"
    folder xtb-element "$XTB" "$XTB/sample/request.json" "$TMP/strange.xyz"
    attempt 1
    expect failed unknown_element
}

sample_full() {
    folder md-sample "$MD" "$MD/sample/request.json" "$MD/sample/chignolin.pdb"
    attempt 1
    expect complete
    results "$MD/sample/expected.json"
}

# Every force field and water, heavy hydrogens, box shapes, protein-only output: each must still give right results.
fields() {
    local small=("$MD" "$MD/sample/request-check.json" "$MD/sample/chignolin.pdb")
    printf '%s' '{"version":1,"checks":[{"summary":"temperature","value":300,"tolerance":15},
        {"summary":"density","value":985,"tolerance":60},{"natoms":"preview","min":166,"max":166}]}' >"$TMP/field.json"
    local case
    for case in "charmm force_field=charmm27 vdw=force-switch cutoff_nm=1.2 dispersion_correction=no" \
        "opls force_field=oplsaa water=tip4p" "spce water=spce box_type=octahedron save_atoms=Protein" \
        "heavy heavy_hydrogens=true timestep_fs=4 constraints=all-bonds output_interval_ps=0.1 box_type=cubic salt_mol_l=0"; do
        # shellcheck disable=SC2086
        set -- $case
        folder "md-$1" "${small[@]}" "${@:2}"
        attempt 1
        expect complete
        results "$TMP/field.json"
    done
}

# The arguments of mdrun for GPUs, which this machine may not have: the function itself, taken out of run.sh.
gpu_arguments() {
    NAME=gpu_arguments
    local line got
    while IFS='|' read -r line got; do
        # shellcheck disable=SC2016,SC2086
        [ "$(env -i PATH="$PATH" $line bash -c 'eval "$(sed -n "/^offload()/,/^}/p" "$1")"; offload "$stage"; echo "${MDRUN_ARGS[*]}"' \
            - "$MD/run.sh")" = "$got" ] || die "$line does not give $got"
    done <<'END'
ATH_GPUS=0 ATH_CPUS=2 GPU_BUILD=CUDA THREAD_MPI=1 stage=md ATH_P_CONSTRAINTS=h-bonds|-ntmpi 1 -ntomp 2
ATH_GPUS=1 ATH_CPUS=8 GPU_BUILD= THREAD_MPI=1 stage=md ATH_P_CONSTRAINTS=h-bonds|-ntmpi 1 -ntomp 8
ATH_GPUS=1 ATH_CPUS=8 GPU_BUILD=CUDA THREAD_MPI=1 stage=md ATH_P_CONSTRAINTS=h-bonds|-ntmpi 1 -ntomp 8 -nb gpu -pme gpu -bonded gpu -gpu_id 0 -update gpu
ATH_GPUS=1 ATH_CPUS=8 GPU_BUILD=CUDA THREAD_MPI=1 stage=md ATH_P_CONSTRAINTS=all-bonds|-ntmpi 1 -ntomp 8 -nb gpu -pme gpu -bonded gpu -gpu_id 0
ATH_GPUS=4 ATH_CPUS=32 GPU_BUILD=CUDA THREAD_MPI=1 stage=md ATH_P_CONSTRAINTS=h-bonds|-ntmpi 4 -ntomp 8 -nb gpu -pme gpu -bonded gpu -gpu_id 0,1,2,3 -update gpu -npme 1
ATH_GPUS=2 ATH_CPUS=8 GPU_BUILD=CUDA THREAD_MPI=1 stage=em ATH_P_CONSTRAINTS=h-bonds|-ntmpi 1 -ntomp 8 -nb gpu -gpu_id 0
ATH_GPUS=1 ATH_CPUS=8 GPU_BUILD=SYCL THREAD_MPI=0 stage=md ATH_P_CONSTRAINTS=h-bonds|-ntomp 8 -nb gpu -gpu_id 0
END
}

readers() {
    NAME=readers
    PYTHONDONTWRITEBYTECODE=1 python3 "$TOP/tests/lib/template_readers.py" || die "a structure is not read as it should be"
}

main() {
    local case
    [ $# -gt 0 ] || set -- gpu_arguments readers sample resume failures limits xtb
    for case in "$@"; do
        SECONDS=0
        "$case"
        echo "ok $case (${SECONDS} s)"
    done
    rm -rf "$TMP"
}
main "$@"
