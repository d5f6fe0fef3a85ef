#!/bin/bash
# The worker against the null site: scripted faults and kill -9 at every named point.
set -euo pipefail
exec /usr/bin/python3 "$(dirname "$0")/worker_null.py" "$@"
