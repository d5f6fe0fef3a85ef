#!/bin/bash
# The whole thing as a newcomer meets it: make up in a fresh folder with the stripped sample, doctor, isolation, up again,
# a supervisor killed by -9, make down. Proves: results over the REST API from a real Slurm; nothing listens beyond
# loopback; the portal's user cannot reach munge; down leaves no process; purge leaves no file.
set -euo pipefail
cd "$(dirname "$0")/../.."
export B=${B:-build}
dir=$(mktemp -d /tmp/ath-stack.XXXXXX)
chmod 0711 "$dir"
export VAR=$dir/v SAMPLE_REQUEST=request-check.json
PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PORT
fail() { echo "stack: $*" >&2; exit 1; }
cleanup() {
    rc=$?
    [ $rc = 0 ] || tail -n 20 "$VAR"/log/*.log 2>/dev/null || true
    CONFIRM=yes bash workers/local/down.sh purge || true
    rm -rf "$dir"
    exit $rc
}
trap cleanup EXIT

bash workers/local/up.sh
real=$(readlink -f "$VAR")
[ "$(stat -c %a "$real/admin-password")" = 600 ] || fail "the admin password is readable by others"

echo "== doctor"
"$real/bin/athanorctl" --conf "$real/athanor.conf" doctor || fail "doctor finds something broken"

echo "== listens on loopback only"
mapfile -t pids < <(grep -lsz "^ATHANOR_STACK=$real" /proc/[0-9]*/environ | cut -d/ -f3)
[ ${#pids[@]} -ge 5 ] || fail "only ${#pids[@]} processes carry the stack's mark"
for pid in "${pids[@]}"; do
    mapfile -t inodes < <(find "/proc/$pid/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n')
    for inode in "${inodes[@]}"; do
        # state 0A is LISTEN; the local address 0100007F is 127.0.0.1 in host order
        awk -v i="$inode" '$4 == "0A" && $10 == i { print $2 }' /proc/net/tcp /proc/net/tcp6 | while read -r addr; do
            case $addr in 0100007F:*) ;; *) fail "process $pid listens on $addr" ;; esac
        done
    done
done

if [ "$(id -u)" = 0 ]; then
    echo "== the portal's user cannot reach munge, the store or the database as worker"
    as_web() { setpriv --reuid athanor-web --regid athanor-web --clear-groups -- "$@"; }
    ! as_web munge -n -S "$real/munge/run/socket" >/dev/null 2>&1 || fail "athanor-web made a munge credential"
    ! as_web touch "$real/store/x" 2>/dev/null || fail "athanor-web wrote into the store"
    ! as_web touch "$real/projects/x" 2>/dev/null || fail "athanor-web wrote into projects"
    ! as_web psql -X -h "$real/pg/run" -U athanor_worker -d athanor -c 'SELECT 1' >/dev/null 2>&1 || fail "athanor-web became the worker's role"
    as_web psql -X -h "$real/pg/run" -U athanor_web -d athanor -c 'SELECT 1' >/dev/null || fail "athanor-web cannot read the database"
    ! as_web cat "$real/admin-password" >/dev/null 2>&1 || fail "athanor-web reads the admin password"
fi

echo "== a crashed portal comes back"
kill -9 "$(cut -d' ' -f1 "$real/run/portal.pid")"
for _ in $(seq 100); do
    sleep 0.2
    curl -fsS -o /dev/null "http://127.0.0.1:$PORT/readyz" 2>/dev/null && break
done
curl -fsS "http://127.0.0.1:$PORT/readyz" >/dev/null || fail "the portal did not come back"

echo "== up again is harmless and quick"
t=$SECONDS
bash workers/local/up.sh
[ $((SECONDS - t)) -le 60 ] || fail "the second make up took $((SECONDS - t)) s"

echo "== down after kill -9 of the supervisor"
kill -9 "$(cut -d' ' -f1 "$real/run/supervise.pid")"
bash workers/local/down.sh
left=$({ grep -lsz "^ATHANOR_STACK=$real" /proc/[0-9]*/environ || true; } | wc -l)
[ "$left" = 0 ] || fail "$left processes are left"
[ ! -e "$real/pg/data/postmaster.pid" ] || fail "PostgreSQL was not stopped cleanly"

echo "== up after down keeps what was there"
bash workers/local/up.sh | tee "$dir/third.log"
grep -q "sample" "$dir/third.log" || fail "the sample was not looked at"
bash workers/local/down.sh

echo "== purge asks, then removes"
! CONFIRM='' bash workers/local/down.sh purge 2>/dev/null || fail "purge did not ask"
CONFIRM=yes bash workers/local/down.sh purge
[ ! -e "$VAR" ] && [ ! -e "$real" ] || fail "purge left $VAR"
echo "stack: all good"
