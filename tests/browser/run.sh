#!/bin/bash
# Browser tests on one real stack: make up in a folder of its own with the small sample, the files one after another, down.
#   run.sh [file…]    all *.test.mjs without arguments; ATH_SHOTS=1 also writes the pictures of docs/img
set -euo pipefail
cd "$(dirname "$0")/../.."
export B=${B:-build}
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || { echo "no Chromium here (apt-get install chromium)"; exit 77; }
files=("$@")
[ ${#files[@]} -gt 0 ] || files=(tests/browser/*.test.mjs)
dir=$(mktemp -d /tmp/ath-browser.XXXXXX)
chmod 0711 "$dir"
export VAR=$dir/v SAMPLE_REQUEST=${SAMPLE_REQUEST:-request-check.json}
PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PORT
cleanup() {
    rc=$?
    [ $rc = 0 ] || tail -n 20 "$VAR"/log/portal.log "$VAR"/log/worker.log 2>/dev/null || true
    CONFIRM=yes bash workers/local/down.sh purge || true
    rm -rf "$dir"
    exit $rc
}
trap cleanup EXIT
bash workers/local/up.sh
export ATH_URL=http://127.0.0.1:$PORT ATH_VAR=$VAR
bad=0
for file in "${files[@]}"; do node --test "$file" || bad=1; done
exit $bad
