#!/bin/bash
# The worker against a real Slurm of its own. Arguments name single cases; without any, the cases that mostly wait for
# Slurm's own clocks go on beside the rest, on another Slurm.
set -euo pipefail
slurm() { /usr/bin/python3 "$(dirname "$0")/worker_slurm.py" "$@"; }
if [ $# -gt 0 ]; then
    slurm "$@"
    exit
fi
waiting=(node_dies time_limit)
slurm "${waiting[@]}" &
other=$! rc=0
slurm "${waiting[@]/#/-}" || rc=1
wait $other || rc=1
exit $rc
