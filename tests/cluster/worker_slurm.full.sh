#!/bin/bash
# The long cases of worker_slurm.sh: slurmctld down for ten minutes, and minutes of short runs under random kill -9.
set -euo pipefail
export OUTAGE_S=${OUTAGE_S:-600} SOAK_S=${SOAK_S:-300}
exec /usr/bin/python3 "$(dirname "$0")/worker_slurm.py" outage soak
