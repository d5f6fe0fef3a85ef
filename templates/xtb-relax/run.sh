#!/bin/bash
# Relax a molecule with xtb: prepare, optimise, frequencies, analysis.
#
# Flow: each step has a folder in work/ and its own evidence; a new attempt skips what is proven and goes on with the
# optimisation from its last geometry.
#
# Caveats: xtb also exits 0 when the geometry did not converge, so .xtboptok and the log decide. xtb has neither a
# walltime option nor a checkpoint: timeout ends it at the deadline, and only the geometry is carried over.
# shellcheck source=../lib/athanor.sh
. "${ATH_LIB:?}/athanor.sh"

TEMPLATE=$ATH_RUN_DIR/template
END_RESERVE=10
export OMP_NUM_THREADS="$ATH_CPUS,1" MKL_NUM_THREADS=$ATH_CPUS OMP_MAX_ACTIVE_LEVELS=1 OMP_STACKSIZE=512M

prepare() {
    ath_stage prepare
    command -v xtb >/dev/null || ath_fail no_xtb "The program xtb was not found on the compute node." \
        "Ask the administrator to check the xtb module."
    [ -s start.xyz ] || ath_run prepare.log python3 "$TEMPLATE/molecule.py" "$ATH_STRUCTURE" "$ATH_STRUCTURE_FORMAT" \
        start.xyz || ath_explain "Read the molecule" prepare.log
    ARGS=(--input "$ATH_RUN_DIR/rendered/xtb.inp")
    if [ "$ATH_P_METHOD" = gfnff ]; then
        ARGS+=(--gfnff)
    else
        ARGS+=(--json)
    fi
    [ "$ATH_P_SOLVENT" = none ] || ARGS+=(--alpb "$ATH_P_SOLVENT")
}

# xtb_in FOLDER LOG ARGUMENT…: run xtb in a folder of its own; output to FOLDER/LOG. Returns 124 at the deadline.
xtb_in() {
    local folder=$1 log=$2
    shift 2
    ath_engine "$folder/$log" env -C "$folder" timeout "$(($(ath_seconds_left) - END_RESERVE / 2))" xtb "$@"
}

optimised() {
    [ -s opt/xtbopt.xyz ] && [ -e opt/.xtboptok ] && grep -q "GEOMETRY OPTIMIZATION CONVERGED" opt/opt.log &&
        grep -q "normal termination of xtb" opt/opt.log
}

optimise() {
    ath_stage optimise
    ! optimised || return 0
    ath_need $((2 * END_RESERVE))
    local rc=0
    python3 "$TEMPLATE/molecule.py" carry || ath_explain "Take up the optimisation"
    ath_watch_start python3 "$TEMPLATE/molecule.py" watch opt/opt.log "$ATH_D_EXPECTED_CYCLES"
    xtb_in opt opt.log in.xyz "${ARGS[@]}" --opt "$ATH_P_OPT_LEVEL" --cycles "$ATH_P_MAX_CYCLES" || rc=$?
    ath_watch_stop
    optimised && return 0
    [ "$ATH_STOPPED" = 0 ] || ath_continue signal
    [ "$rc" != 124 ] || ath_continue walltime
    ath_explain "Optimise (xtb exit status $rc)" opt/opt.log
}

frequencies() {
    [ "$ATH_P_FREQUENCIES" = 1 ] || return 0
    ath_stage frequencies
    ! python3 "$TEMPLATE/molecule.py" modes || return 0
    ath_need $((2 * END_RESERVE))
    local rc=0
    rm -rf hess
    mkdir hess
    cp opt/xtbopt.xyz hess/in.xyz
    xtb_in hess hess.log in.xyz "${ARGS[@]}" --hess || rc=$?
    [ "$ATH_STOPPED" = 0 ] || ath_continue signal
    [ "$rc" != 124 ] || ath_fail too_slow "The vibrations did not end within the walltime, and cannot be continued." \
        "Take GFN-FF, switch vibrations off, or ask for more time." hess/hess.log
    python3 "$TEMPLATE/molecule.py" modes || ath_explain "Vibrations (xtb exit status $rc)" hess/hess.log
}

analysis() {
    ath_stage analysis
    ath_run analyse.log python3 "$TEMPLATE/analyse.py" || ath_explain "Analyse" analyse.log
}

ath_begin
ulimit -s unlimited 2>/dev/null || true
prepare
optimise
frequencies
analysis
ath_complete
