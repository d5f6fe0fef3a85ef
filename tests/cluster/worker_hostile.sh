#!/bin/bash
# The worker against jobs that leave bad things in their run folder.
set -euo pipefail
exec /usr/bin/python3 "$(dirname "$0")/worker_hostile.py" "$@"
