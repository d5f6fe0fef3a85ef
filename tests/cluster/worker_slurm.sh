#!/bin/bash
# The worker against a real Slurm: the site's contract, kill -9 at every named point, outages, cancel, hold.
set -euo pipefail
exec /usr/bin/python3 "$(dirname "$0")/worker_slurm.py" "$@"
