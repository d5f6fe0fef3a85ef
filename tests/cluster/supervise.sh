#!/bin/bash
# athanor-supervise alone, with small shell services: order of start and stop, the restart bound, one supervisor a stack,
# and pid files of an earlier boot or of a number used again, whose processes must not be signalled.
set -euo pipefail
cd "$(dirname "$0")/../.."
supervise=$(realpath "${B:-build}/athanor-supervise")
var=$(mktemp -d /tmp/ath-supervise.XXXXXX)
fail() { echo "supervise: $*" >&2; exit 1; }
bystander=
cleanup() {
    "$supervise" stop "$var" || true
    [ -z "$bystander" ] || kill "$bystander" 2>/dev/null || true
    rm -rf "$var"
}
trap cleanup EXIT
mkdir "$var/run" "$var/log"
lasting() { # name
    printf 'service %s\narg /bin/sh\narg -c\narg echo %s >>order; trap "echo %s-stop >>order; exit 0" TERM; touch %s.ready; while :; do sleep 0.1; done\nready %s\n' \
        "$1" "$1" "$1" "$1" "$var/$1.ready"
}
{
    printf 'service first\noneshot\narg /bin/sh\narg -c\narg echo first >>order\n'
    lasting one
    lasting two
    printf 'service crash\narg /bin/sh\narg -c\narg echo crash >>order; exit 1\n'
} >"$var/run/services"

"$supervise" run "$var" 2>"$var/log/supervise.log" &
for _ in $(seq 300); do
    grep -qs '^crash failed ' "$var/run/status" && break
    sleep 0.1
done
rc=0
"$supervise" status "$var" >"$var/status" || rc=$?
[ "$rc" = 1 ] || fail "status ends with $rc though a service failed"
grep -q '^crash failed ' "$var/status" || fail "the crashing service is not shown as failed"
grep -q '^one running ' "$var/status" || fail "the others do not go on"
[ "$(grep -c '^crash$' "$var/order")" = 6 ] || fail "started $(grep -c '^crash$' "$var/order") times, not once and 5 again"
[ "$(head -n 3 "$var/order" | tr '\n' ' ')" = "first one two " ] || fail "order of start: $(tr '\n' ' ' <"$var/order")"
! "$supervise" run "$var" 2>/dev/null || fail "a second supervisor ran"

"$supervise" stop "$var"
[ "$(tail -n 2 "$var/order" | tr '\n' ' ')" = "two-stop one-stop " ] || fail "order of stop: $(tr '\n' ' ' <"$var/order")"
rc=0
"$supervise" status "$var" >/dev/null || rc=$?
[ "$rc" = 3 ] || fail "status ends with $rc after stop"

sleep 300 &
bystander=$!
start=$(awk '{ print $22 }' "/proc/$bystander/stat")
boot=$(cat /proc/sys/kernel/random/boot_id)
echo "$bystander 1 $boot" >"$var/run/one.pid"
echo "$bystander $start 00000000-0000-0000-0000-000000000000" >"$var/run/two.pid"
"$supervise" stop "$var"
kill -0 "$bystander" 2>/dev/null || fail "a process was ended that is not ours"
echo "$bystander $start $boot" >"$var/run/one.pid"
"$supervise" stop "$var"
! kill -0 "$bystander" 2>/dev/null || fail "the service a crashed supervisor left still runs"
bystander=
echo "supervise: all good"
