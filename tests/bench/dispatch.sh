#!/bin/bash
# Submission beside a bare libslurm loop on the same Slurm: see dispatch.py.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 tests/bench/dispatch.py | tee -a "$B/log/bench.md"
