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

if [ "$(id -u)" = 0 ] && mknod "$dir/nvidia10" c 195 10 2>/dev/null; then
    echo "== GPUs by their devices"
    mknod "$dir/nvidia2" c 195 2
    mknod "$dir/nvidiactl" c 195 255
    touch "$dir/nvidia3"
    found=$(HERE=$PWD/workers/local && . workers/local/lib.sh && gpus_find "$dir" | tr '\n' ' ')
    [ "$found" = "$dir/nvidia2 $dir/nvidia10 " ] || fail "GPUs found: $found"
fi

echo "== doctor"
"$real/bin/athanorctl" --conf "$real/athanor.conf" doctor || fail "doctor finds something broken"

echo "== doctor names what hangs, with a cure"
for pair in munged:munge slurmctld:slurm portal:portal; do
    kill -STOP "$(cut -d' ' -f1 "$real/run/${pair%:*}.pid")"
    ! "$real/bin/athanorctl" --conf "$real/athanor.conf" doctor >"$dir/doctor" || fail "doctor overlooks a hanging ${pair%:*}"
    kill -CONT "$(cut -d' ' -f1 "$real/run/${pair%:*}.pid")"
    grep -A1 "^${pair#*:} *BROKEN" "$dir/doctor" | grep -q 'what to do: ' || { cat "$dir/doctor"; fail "doctor names no cure for ${pair%:*}"; }
done

echo "== Slurm's controller away with a run active: the API stays, the run is unknown, then right again"
token=$("$real/bin/athanorctl" --conf "$real/athanor.conf" token add admin outage --days 1 2>/dev/null)
ask() { curl -fsS -m 10 -H "Authorization: Bearer $token" "http://127.0.0.1:$PORT/api/v1$1" "${@:2}"; }
read -r project structure < <(ask '/projects?limit=1' | jq -r '.items[0].id' | { read -r p; echo "$p $(ask "/projects/$p/structures" | jq -r '.items[0].id')"; })
run=$(ask /runs -H 'Content-Type: application/json' -H "Idempotency-Key: outage-$$-$RANDOM" \
    -d "{\"project\":\"$project\",\"template\":\"protein-md\",\"structure\":\"$structure\",\"preset\":\"quick\"}" | jq -r .id)
until_run() { # seconds, jq condition on the run
    local i
    for i in $(seq "$1"); do
        ask "/runs/$run" >"$dir/run" && jq -e "$2" "$dir/run" >/dev/null && return 0
        sleep 1
    done
    jq -c '{state, unknown_since, as_of, status}' "$dir/run" >&2
    return 1
}
until_run 60 '.state == "running"' || fail "the run does not start"
kill -9 "$(cut -d' ' -f1 "$real/run/slurmctld.pid")"
kill -STOP "$(cut -d' ' -f1 "$real/run/supervise.pid")" # or it would be back at once
until_run 45 '.unknown_since != null' || fail "the run is not unknown"
jq -e '.state == "running" and .as_of != null' "$dir/run" >/dev/null || fail "an outage changed the run's state"
ask /sites | jq -e '.items[] | select(.id == "local") | .unreachable_since != null' >/dev/null || fail "the site is not said to be away"
curl -fsS -o /dev/null "http://127.0.0.1:$PORT/readyz" || fail "the portal is not ready without Slurm"
kill -CONT "$(cut -d' ' -f1 "$real/run/supervise.pid")"
until_run 60 '.unknown_since == null and .state == "running"' || fail "not right within a minute of Slurm's return"
ask "/runs/$run/cancel" -X POST >/dev/null
until_run 30 '.state == "cancelled"' || fail "the run is not cancelled"
"$real/bin/athanorctl" --conf "$real/athanor.conf" doctor >/dev/null || fail "not everything came back"

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

echo "== up again without the first password"
rm "$real/admin-password" "$real"/run/sample-*.done
bash workers/local/up.sh
"$real/bin/athanorctl" --conf "$real/athanor.conf" token list admin >"$dir/tokens"
grep -q 'make-up-sample.*REVOKED' "$dir/tokens" || fail "the sample's token is not among admin's revoked ones"
! grep 'make-up-sample' "$dir/tokens" | grep -qv REVOKED || fail "a token of the sample is still valid"

echo "== the example takes a structure to results"
URL=http://127.0.0.1:$PORT bash docs/examples/run-protein.sh templates/protein-md/sample/chignolin.pdb quick \
    "$(jq -c .params templates/protein-md/sample/request-check.json)"

echo "== down after kill -9 of the supervisor"
kill -9 "$(cut -d' ' -f1 "$real/run/supervise.pid")"
bash workers/local/down.sh
left=$({ grep -lsz "^ATHANOR_STACK=$real" /proc/[0-9]*/environ || true; } | wc -l)
[ "$left" = 0 ] || fail "$left processes are left"
[ ! -e "$real/pg/data/postmaster.pid" ] || fail "PostgreSQL was not stopped cleanly"

echo "== a busy port is told with step and cure"
/usr/bin/python3 -m http.server --bind 127.0.0.1 "$PORT" >/dev/null 2>&1 &
squatter=$!
for _ in $(seq 50); do (: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && break; sleep 0.1; done
! bash workers/local/up.sh >"$dir/busy.log" 2>&1 || fail "make up went on with a busy port"
kill "$squatter"
wait "$squatter" || true
for words in 'the step "services" failed' 'its whole log is' 'what to do:.*make up PORT=' "port $PORT is in use"; do
    grep -q "$words" "$dir/busy.log" || fail "a busy port: not told: $words"
done

echo "== up after down keeps what was there, now with TLS"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=athanor.test -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
chmod 0600 "$dir/key.pem"
chmod 0644 "$dir/cert.pem"
[ "$(id -u)" != 0 ] || chown athanor-web "$dir/key.pem"
printf 'tls_cert = %s\ntls_key = %s\n' "$dir/cert.pem" "$dir/key.pem" >>"$real/athanor.conf"
rm "$real"/run/sample-*.done
bash workers/local/up.sh | tee "$dir/third.log"
grep -q "sample.*100 %" "$dir/third.log" || fail "the sample was not looked at"
grep -q "https://127.0.0.1:$PORT/" "$dir/third.log" || fail "the address with TLS was not told"
"$real/bin/athanorctl" --conf "$real/athanor.conf" doctor || fail "doctor finds a stack with TLS broken"
bash workers/local/down.sh

echo "== purge asks, then removes"
! CONFIRM='' bash workers/local/down.sh purge 2>/dev/null || fail "purge did not ask"
CONFIRM=yes bash workers/local/down.sh purge
[ ! -e "$VAR" ] && [ ! -e "$real" ] || fail "purge left $VAR"
echo "stack: all good"
