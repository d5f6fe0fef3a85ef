# Shared by the benchmarks: a throw-away database and portal, and a table of results. Sourced.
#   bench_start FOLDER   PostgreSQL, schema, an admin token in $TOKEN, the portal on a free port in $URL, its pid in $PORTAL
#   bench_stop           ends both and deletes the folder
#   row WHAT OURS PEER RATIO NOTE   adds a line to $B/log/bench.md and prints it
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
B=${B:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
. tests/lib/pg.sh

row() {
    printf '| %s | %s | %s | %s | %s |\n' "$@" | tee -a "$B/log/bench.md"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0) ? a / b : 0 }'; }
# KiB a process holds now, and the most it ever held.
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
hwm_kib() { awk '/^VmHWM/ { print $2 }' "/proc/$1/status"; }

bench_start() {
    BENCH_DIR=$1
    shift
    rm -rf "$BENCH_DIR"
    mkdir -p "$BENCH_DIR"/{uploads,store,projects,log,run}
    chmod 0711 "$BENCH_DIR"
    pg_start "$BENCH_DIR"
    pg_schema "$B/athanorctl" "$PWD/migrations" >/dev/null
    local set=(--set "var=$BENCH_DIR" --set "migrations_dir=$PWD/migrations" --set "static_dir=$PWD/static" --set "templates_dir=$PWD/templates")
    printf 'bench password of the day\n' | "$B/athanorctl" "${set[@]}" user add admin --admin >/dev/null
    TOKEN=$("$B/athanorctl" "${set[@]}" token add admin bench --days 1 2>/dev/null)
    PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$B/athanor" "${set[@]}" --set "port=$PORT" --set rate_per_minute=10000000 --set log_level=warn --set sse_per_user=10000 "$@" \
        >"$BENCH_DIR/log/portal.log" 2>&1 &
    PORTAL=$!
    URL=http://127.0.0.1:$PORT
    local i
    for i in $(seq 100); do
        curl -fsS -o /dev/null "$URL/healthz" 2>/dev/null && return 0
        sleep 0.1
    done
    tail "$BENCH_DIR/log/portal.log" >&2
    return 1
}
bench_stop() {
    [ -z "${PORTAL:-}" ] || { kill "$PORTAL" 2>/dev/null && wait "$PORTAL" || { echo "the portal had ended:"; tail -n 20 "$BENCH_DIR/log/portal.log"; } >&2; }
    pg_remove
}
