#!/bin/bash
# make up where it is hard: as root below a folder only root can enter, and beside it, as an ordinary user with sudo, a
# second stack on another address; down of one leaves the other; make clean leaves VAR; then a reboot. Needs root (it makes
# a user and a mount namespace). The reboot is emulated: every process of the stack dies by kill -9, and the kernel's boot
# id, by which pid files are told from those of an earlier boot, is another one while the stack is stopped and started again.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "stack.full: needs root" >&2; exit 1; }
user=athanor-test
dir=$(mktemp -d /tmp/ath-hard.XXXXXX)
chmod 0711 "$dir"
private=$dir/private home=$dir/home
ports() { /usr/bin/python3 -c 'import socket
s = [socket.socket() for _ in range(3)]
for x in s: x.bind(("127.0.0.1", 0))
print(*[x.getsockname()[1] for x in s])'; }
read -r port_root port_user port_other < <(ports)
fail() { echo "stack.full: $*" >&2; exit 1; }

of_root() { make -s --no-print-directory -C "$private/athanor" SAMPLE_REQUEST=request-check.json "$@"; }
of_user() {
    runuser -u "$user" -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" USER="$user" LANG=C.UTF-8 SAMPLE_REQUEST=request-check.json \
        make -s --no-print-directory -C "$home/athanor" "$@"
}
pids_of() { { grep -lsz "^ATHANOR_STACK=$1\$" /proc/[0-9]*/environ || true; } | cut -d/ -f3; }
answers() { curl -fsS -m 5 -o /dev/null "http://$1/readyz" 2>/dev/null; }
cleanup() {
    rc=$?
    [ $rc = 0 ] || tail -n 15 "$private"/athanor/build/log/*.log "$home"/athanor/build/log/*.log 2>/dev/null || true
    of_root purge CONFIRM=yes >/dev/null 2>&1 || true
    of_user purge CONFIRM=yes >/dev/null 2>&1 || true
    userdel "$user" 2>/dev/null || true
    rm -f "/etc/sudoers.d/$user"
    rm -rf "$dir"
    exit $rc
}
trap cleanup EXIT

mkdir -m 0700 "$private"
useradd --home-dir "$home" --create-home --shell /bin/bash "$user"
chmod 0711 "$home"
command -v sudo >/dev/null || apt-get install -y -qq --no-install-recommends sudo >/dev/null
(umask 0337 && echo "$user ALL=(ALL) NOPASSWD: ALL" >"/etc/sudoers.d/$user")
for to in "$private" "$home"; do
    mkdir "$to/athanor"
    git ls-files -z | xargs -0 cp -a --parents -t "$to/athanor"
done
chown -R "$user:" "$home"

echo "== as root, below a folder only root can enter"
of_root up PORT="$port_root"
real=$(readlink -f "$private/athanor/var")
case $real in /var/lib/athanor/*) ;; *) fail "VAR is really $real, where service users cannot go" ;; esac
answers "127.0.0.1:$port_root" || fail "root's stack does not answer"

echo "== beside it as an ordinary user with sudo, on another address"
mkdir "$home/athanor/var"
chown "$user:" "$home/athanor/var"
of_user up PORT="$port_other"
printf 'bind = 127.0.0.2\n' >>"$home/athanor/var/athanor.conf"
of_user down
rm -f "$home"/athanor/var/run/sample-*.done
of_user up PORT="$port_user" | tee "$dir/up.log"
grep -q "http://127.0.0.2:$port_user/" "$dir/up.log" || fail "make up does not tell the address it listens on"
answers "127.0.0.2:$port_user" || fail "the user's stack does not answer on its address"
! answers "127.0.0.1:$port_user" || fail "the user's stack listens on more than its address"
grep -q 'sample.*100 %' "$dir/up.log" || fail "the sample did not finish on the other address"
for pid in $(pids_of "$home/athanor/var"); do
    [ "$(stat -c %U "/proc/$pid" 2>/dev/null || echo "$user")" = "$user" ] || fail "process $pid of the user's stack is not the user's"
done
of_user up >/dev/null
answers "127.0.0.2:$port_user" || fail "make up without PORT forgot the port of the stack"
of_user up PORT="$port_other" >/dev/null
answers "127.0.0.2:$port_other" || fail "a running stack does not move to another port"
of_user down
[ -z "$(pids_of "$home/athanor/var")" ] || fail "down left processes of the user's stack"
answers "127.0.0.1:$port_root" || fail "down of one stack took the other along"

echo "== make clean leaves VAR and what runs"
of_root clean
[ ! -e "$private/athanor/build" ] || fail "make clean left build/"
answers "127.0.0.1:$port_root" || fail "make clean hurt the running stack"

echo "== a reboot"
before=$("$real/bin/athanorctl" --conf "$real/athanor.conf" user list | wc -l)
for _ in 1 2 3; do # children of the killed may have been on their way
    for pid in "$(cut -d' ' -f1 "$real/run/supervise.pid")" $(pids_of "$real") $(head -n 1 "$real/pg/data/postmaster.pid" 2>/dev/null); do kill -9 "$pid" 2>/dev/null || true; done
    sleep 0.3
done
! answers "127.0.0.1:$port_root" || fail "the stack survived kill -9 of all of it"
# A stranger has got the portal's old pid, as it happens after a boot.
sleep 1000 &
stranger=$!
sed -i "1s/^[0-9]*/$stranger/" "$real/run/portal.pid"
cat /proc/sys/kernel/random/uuid >"$dir/boot_id"
# shellcheck disable=SC2016 # $0 and $@ are the inner shell's
in_new_boot() { unshare --mount bash -c 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"' "$dir/boot_id" "$@"; }
export -f of_root
export private
in_new_boot bash -c 'of_root down'
kill -0 "$stranger" 2>/dev/null || fail "make down killed a stranger that got an old pid"
in_new_boot bash -c 'of_root up'
kill "$stranger"
answers "127.0.0.1:$port_root" || fail "the stack did not come up after the reboot"
[ "$("$real/bin/athanorctl" --conf "$real/athanor.conf" user list | wc -l)" = "$before" ] || fail "people were lost by the reboot"
"$real/bin/athanorctl" --conf "$real/athanor.conf" doctor || fail "doctor finds something broken after the reboot"
in_new_boot bash -c 'of_root down'
[ -z "$(pids_of "$real")" ] || fail "processes are left after the reboot's stack was stopped"

echo "== purge removes VAR, also where it was moved to"
of_root purge CONFIRM=yes
for left in "$real" "$private/athanor/var"; do [ ! -e "$left" ] || fail "purge left $left"; done
echo "stack.full: all good"
