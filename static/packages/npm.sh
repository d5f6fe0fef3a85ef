#!/bin/bash
# Installs the packages a lock file pins, without running anything of theirs: npm.sh <folder of package.json> <where>.
# A failure names the step, the log and the cure, for npm's own words seldom do.
set -euo pipefail
from=$1 to=$2
log=$to/npm.log
mkdir -p "$to"
cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$to/"
command -v node >/dev/null && command -v npm >/dev/null || {
    echo "npm packages of $from: node or npm is missing. What to do: apt-get install nodejs npm (make up does), then again." >&2
    exit 1
}
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 18 ] || {
    echo "npm packages of $from: node $(node -v) is too old. What to do: have node 18 or newer first in PATH (Debian 12's is 18)." >&2
    exit 1
}
(cd "$to" && npm ci --no-audit --no-fund --loglevel=error) >"$log" 2>&1 || {
    tail -n 8 "$log" | sed 's/^/    | /' >&2
    echo "npm packages of $from: npm ci failed; its whole log is $log." >&2
    echo "  What to do: reach a package registry (npm config get registry), or set one: npm config set registry <address>; then again." >&2
    exit 1
}
