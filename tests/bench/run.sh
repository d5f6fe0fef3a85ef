#!/bin/bash
# All figures of docs/benchmarks.md, each beside a peer or a limit in the same run. Results: $B/log/bench.md
#   run.sh [name…]     runs_page download upload sse dispatch
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export B=${B:-build}
mkdir -p "$B/log"
{
    printf 'Taken on %s, %s, %s cores, %s.\n\n' "$(date -u +%F)" "$(awk -F: '/model name/ { print $2; exit }' /proc/cpuinfo | sed 's/^ //')" "$(nproc)" "$(. /etc/os-release && echo "$PRETTY_NAME")"
    printf '| what | Athanor | beside | ratio | note |\n|---|---|---|---|---|\n'
} >"$B/log/bench.md"
bad=0
for name in "${@:-runs_page download upload sse dispatch}"; do
    for one in $name; do
        bash "tests/bench/$one.sh" || { echo "bench $one failed" >&2; bad=1; }
    done
done
echo "written to $B/log/bench.md"
exit $bad
