#!/bin/bash
# Protein in water with GROMACS: prepare, minimise, nvt, npt, production, analysis.
#
# Flow: every stage looks for its own evidence first and is skipped when that is complete, so a new attempt walks
# through to where the last one stopped and continues there from the checkpoint.
#
# Caveats: mdrun exits 0 when -maxh stops it and 1 after SIGTERM, and with a lost checkpoint -cpi starts anew and exits
# 0. So exit codes decide nothing here; stage_done does, and production refuses to start a second time from nothing.
# shellcheck source=../lib/athanor.sh
. "${ATH_LIB:?}/athanor.sh"

RENDERED=$ATH_RUN_DIR/rendered
END_RESERVE=5   # seconds before the deadline within which no new stage is begun

gmx_job() { python3 "$ATH_LIB/athgmx.py" "$@"; }

# What this build can do, and from it the arguments of mdrun for one stage.
find_gromacs() {
    GMX=gmx
    command -v gmx >/dev/null || GMX=gmx_mpi
    command -v "$GMX" >/dev/null || ath_fail no_gromacs "The program gmx was not found on the compute node." \
        "Ask the administrator to check the gromacs module."
    "$GMX" --version >gmx-version.log 2>&1 || ath_explain "Start GROMACS" gmx-version.log
    : >notes.txt
    GPU_BUILD=$(sed -n 's/^GPU support: *\([A-Za-z]*\).*/\1/p' gmx-version.log)
    [ "$GPU_BUILD" != disabled ] || GPU_BUILD=""
    THREAD_MPI=0
    grep -Eq '^MPI library: +thread_mpi' gmx-version.log && THREAD_MPI=1
    if [ "$ATH_GPUS" -gt 0 ] && [ -z "$GPU_BUILD" ]; then
        echo "The run has $ATH_GPUS GPU(s), but this GROMACS is built without GPU support: it ran on CPUs." >>notes.txt
    elif [ "$ATH_GPUS" = 0 ] && [ "${ATH_P_USE_GPU:-0}" = 1 ]; then
        echo "No GPU was available: the simulation ran on $ATH_CPUS CPU core(s)." >>notes.txt
    fi
}

# offload STAGE: MDRUN_ARGS for the ranks, threads and GPUs of this job. With several GPUs one rank does PME. Only CUDA
# builds take all of the work; minimisation, and other builds, offload the non-bonded forces and let mdrun decide the rest.
offload() {
    local stage=$1 ranks=1 gpu=()
    if [ "$ATH_GPUS" -gt 0 ] && [ -n "$GPU_BUILD" ]; then
        gpu=(-nb gpu -gpu_id 0)
        if [ "$GPU_BUILD" = CUDA ] && [ "$stage" != em ]; then
            [ "$THREAD_MPI" = 0 ] || ranks=$ATH_GPUS
            gpu=(-nb gpu -pme gpu -bonded gpu -gpu_id "$(seq -s , 0 $((ranks - 1)))")
            # All bonds constrained is more than LINCS on the GPU can couple.
            [ "$stage" != md ] || [ "$ATH_P_CONSTRAINTS" != h-bonds ] || gpu+=(-update gpu)
            if [ "$ranks" -gt 1 ]; then
                gpu+=(-npme 1)
                export GMX_ENABLE_DIRECT_GPU_COMM=1
            fi
        fi
    fi
    local threads=$((ATH_CPUS / ranks))
    [ "$threads" -ge 1 ] || threads=1
    MDRUN_ARGS=(-ntomp "$threads" "${gpu[@]}")
    [ "$THREAD_MPI" = 0 ] || MDRUN_ARGS=(-ntmpi "$ranks" "${MDRUN_ARGS[@]}")
}

# tool LOG ARGUMENT…: one GROMACS tool without copyright text and without backup files of its own.
tool() {
    local log=$1
    shift
    GMX_MAXBACKUP=-1 ath_run "$log" "$GMX" -nocopyright "$@"
}

prepare() {
    ath_stage prepare
    [ ! -e prepare.done ] || return 0
    ath_need "$END_RESERVE"
    # solvate and genion change the topology in place, so a broken preparation starts again from the structure.
    rm -f topol*.top topol*.itp posre*.itp protein.pdb boxed.gro solvated.gro ions.tpr ions.gro
    local args=(-ff "$ATH_P_FORCE_FIELD" -water "$ATH_P_WATER" -chainsep id_or_ter)
    [ "$ATH_P_IGNORE_HYDROGENS" = 0 ] || args+=(-ignh)
    [ "$ATH_P_HEAVY_HYDROGENS" = 0 ] || args+=(-heavyh)
    local solvent=spc216
    [ "$ATH_P_WATER" != tip4p ] || solvent=tip4p

    ath_run clean.log python3 "$ATH_LIB/athgmx.py" clean "$ATH_STRUCTURE" "$ATH_STRUCTURE_FORMAT" clean.pdb \
        "$ATH_P_KEEP_WATERS" "$ATH_P_REMOVE_HETERO" || ath_explain "Read the structure" clean.log
    ath_progress 1 6
    tool pdb2gmx.log pdb2gmx -f clean.pdb -o protein.pdb -p topol.top -i posre.itp "${args[@]}" \
        || ath_explain "Assign the force field (pdb2gmx)" pdb2gmx.log
    ath_progress 2 6
    tool editconf.log editconf -f protein.pdb -o boxed.gro -bt "$ATH_P_BOX_TYPE" -d "$ATH_P_BOX_DISTANCE_NM" -c \
        || ath_explain "Choose the box (editconf)" editconf.log
    tool solvate.log solvate -cp boxed.gro -cs "$solvent" -p topol.top -o solvated.gro \
        || ath_explain "Add water (solvate)" solvate.log
    ath_progress 4 6
    tool ions-grompp.log grompp -f "$RENDERED/ions.mdp" -c solvated.gro -p topol.top -o ions.tpr -po ions.out.mdp \
        || ath_explain "Prepare ions (grompp)" ions-grompp.log
    tool genion.log genion -s ions.tpr -p topol.top -o ions.gro -pname NA -nname CL -neutral \
        -conc "$ATH_P_SALT_MOL_L" -seed "$ATH_P_SEED" <<<"SOL" || ath_explain "Add ions (genion)" genion.log
    [ -s ions.gro ] || ath_explain "Add ions (genion)" genion.log
    ath_progress 6 6
    touch prepare.done
}

# compile STAGE MDP COORDINATES [ARGUMENT…]: make the run input file once; a half-written one never keeps its name.
compile() {
    local stage=$1 mdp=$2 coordinates=$3
    shift 3
    [ ! -e "$stage.tpr" ] || return 0
    tool "$stage-grompp.log" grompp -f "$RENDERED/$mdp" -c "$coordinates" -p topol.top -po "$stage.out.mdp" \
        -o "$stage.part.tpr" "$@" || ath_explain "Compile the $stage input (grompp)" "$stage-grompp.log"
    mv "$stage.part.tpr" "$stage.tpr"
}

# mdrun STAGE [ARGUMENT…]: run or continue; the caller judges by evidence. Returns mdrun's exit status.
mdrun() {
    local stage=$1
    shift
    offload "$stage"
    GMX_MAXBACKUP=-1 ath_engine "$stage.out" "$GMX" -nocopyright mdrun -deffnm "$stage" \
        -cpt "$ATH_P_CHECKPOINT_MIN" -maxh "$(ath_maxh)" "${MDRUN_ARGS[@]}" "$@"
}

minimise() {
    ath_stage minimise
    local ok force energy rc=0
    read -r ok force energy < <(gmx_job minimised em)
    if [ "$ok" != 1 ]; then
        ath_need "$END_RESERVE"
        compile em em.mdp ions.gro
        rm -f em.log em.gro
        ath_watch_start python3 "$ATH_LIB/athgmx.py" watch em.log minimise "$ATH_P_MINIMISE_STEPS" 0 \
            $((ATH_D_NVT_STEPS + ATH_D_NPT_STEPS + ATH_D_MD_STEPS))
        mdrun em || rc=$?
        ath_watch_stop
        [ "$ATH_STOPPED" = 0 ] || ath_continue signal
        read -r ok force energy < <(gmx_job minimised em)
        [ "$ok" = 1 ] || ath_explain "Minimise (mdrun exit status $rc)" em.out em.log
    fi
    # 1e5 kJ/mol/nm is a clash that dynamics would turn into an explosion; the asked 500 need not be reached.
    awk -v f="$force" -v e="$energy" 'BEGIN { exit !(f < 1e5 && e < 0) }' || ath_fail minimise_failed \
        "Minimisation left a force of $force kJ/mol/nm and a potential energy of $energy kJ/mol." \
        "Check the structure for clashes, or allow more minimisation steps." em.log
}

# dynamics STAGE NAME STEPS LATER-STEPS: one mdrun stage up to its evidence, or out with continue or failed.
dynamics() {
    local stage=$1 name=$2 steps=$3 later=$4 rc=0 args=()
    gmx_job "done" "$stage" "$steps" && return 0
    ath_need "$END_RESERVE"
    if [ -s "$stage.cpt" ]; then
        args=(-cpi "$stage.cpt")
    elif [ -s "${stage}_prev.cpt" ]; then
        args=(-cpi "${stage}_prev.cpt")
    else
        rm -f "$stage.log" "$stage.edr" "$stage.xtc" "$stage.gro"
    fi
    ath_watch_start python3 "$ATH_LIB/athgmx.py" watch "$stage.log" "$name" "$steps" "$ATH_D_TIMESTEP_PS" "$later"
    mdrun "$stage" "${args[@]}" || rc=$?
    ath_watch_stop
    gmx_job "done" "$stage" "$steps" && return 0
    if [ "$ATH_STOPPED" = 1 ] || gmx_job stopped "$stage"; then
        [ -s "$stage.cpt" ] || [ "$stage" != md ] || lost_checkpoint
        ath_continue signal
    fi
    [ "$rc" = 0 ] && [ -s "$stage.cpt" ] && ath_continue walltime
    ath_explain "$name (mdrun exit status $rc)" "$stage.out" "$stage.log"
}

lost_checkpoint() {
    ath_fail checkpoint_lost "The simulation had begun, but its checkpoint (work/md.cpt) is gone." \
        "It cannot be continued, and is not silently started anew. Run again from the start, and keep work/ of running runs." \
        md.log
}

nvt() {
    ath_stage nvt
    compile nvt nvt.mdp em.gro -r em.gro
    dynamics nvt nvt "$ATH_D_NVT_STEPS" $((ATH_D_NPT_STEPS + ATH_D_MD_STEPS))
}

npt() {
    ath_stage npt
    compile npt npt.mdp nvt.gro -r em.gro -t nvt.cpt
    dynamics npt npt "$ATH_D_NPT_STEPS" "$ATH_D_MD_STEPS"
}

production() {
    ath_stage production
    compile md md.mdp npt.gro -t npt.cpt
    # md.begun is written before the first mdrun: from then on only a checkpoint allows to go on.
    if [ -e md.begun ] && ! gmx_job "done" md "$ATH_D_MD_STEPS" && ! [ -s md.cpt ] && ! [ -s md_prev.cpt ]; then
        lost_checkpoint
    fi
    ath_need "$END_RESERVE"
    touch md.begun
    dynamics md production "$ATH_D_MD_STEPS" 0
}

analysis() {
    ath_stage analysis
    ath_need "$END_RESERVE"
    export GMX
    ath_run analyse.log python3 "$ATH_RUN_DIR/template/analyse.py" || ath_explain "Analyse" analyse.log
}

ath_begin
find_gromacs
prepare
minimise
nvt
npt
production
analysis
ath_complete
