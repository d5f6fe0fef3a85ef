#!/bin/bash
# helper-slurm and athanor-job against a real Slurm of their own. B names the build folder; arguments name single cases.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 tests/cluster/helper_slurm.py "${B:-build}" "$@"
