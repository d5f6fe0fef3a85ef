# Shared by the scripts of the one-machine stack: steps with names, logs and cures. Sourced, never run.
# Needs: HERE (this folder). Gives: say, step, die, as_root, is_root, var_resolve, VAR_REAL, PORT, portal_find, gpus_find.
# shellcheck shell=bash

set -euo pipefail
SRC=$(cd "$HERE/../.." && pwd)
PORT=${PORT:-}
VAR=${VAR:-./var}
B=${B:-build}
case $VAR in /*) ;; *) VAR=$SRC/${VAR#./} ;; esac
case $B in /*) ;; *) B=$SRC/$B ;; esac
LOG_DIR=$B/log
mkdir -p "$LOG_DIR"

is_root() { [ "$(id -u)" = 0 ]; }
say() { printf '%s\n' "$*"; }
die() { # what [cure]
    printf '\nathanor: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '  what to do: %s\n' "$2" >&2
    exit 1
}
# step NAME CURE command…: one line while it works, its output in a log; a failure names the step, the log and the cure.
step() {
    local name=$1 cure=$2 log
    shift 2
    log=$LOG_DIR/${name//[^a-z0-9]/-}.log
    printf '  %-34s ' "$name"
    local t0=$SECONDS
    if "$@" >"$log" 2>&1; then
        printf 'ok  (%d s)\n' $((SECONDS - t0))
    else
        printf 'FAILED\n'
        tail -n 15 "$log" | sed 's/^/    | /' >&2
        die "the step \"$name\" failed; its whole log is $log" "$cure"
    fi
}
as_root() {
    if is_root; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "root is needed for: $*" "install sudo, or run this once as root: $*"
    fi
}

# Another user must be able to walk to VAR: below a private folder (such as /root) the real one is in /var/lib/athanor.
path_open_to_others() {
    local d=$1
    while [ ! -e "$d" ]; do d=$(dirname "$d"); done
    while :; do
        [ $((0$(stat -c %a "$d") & 1)) = 1 ] || return 1
        [ "$d" = / ] && return 0
        d=$(dirname "$d")
    done
}
var_resolve() {
    if [ -L "$VAR" ] && [ -d "$VAR" ]; then
        VAR_REAL=$(readlink -f "$VAR")
    elif [ -d "$VAR" ]; then
        VAR_REAL=$(readlink -f "$VAR")
    elif is_root && { ! path_open_to_others "$(dirname "$VAR")" || [ ${#VAR} -gt 70 ]; }; then
        VAR_REAL=/var/lib/athanor/$(printf '%s' "$VAR" | sha256sum | cut -c1-10)
    else
        VAR_REAL=$VAR
    fi
    # The port of this stack from now on: what was said, else what it had.
    [ -n "$PORT" ] || PORT=$(sed -n 's/^PORT=//p' "$VAR_REAL/stack.env" 2>/dev/null || true)
    export PORT=${PORT:-8080}
    [ ${#VAR_REAL} -le 80 ] || die "the folder $VAR_REAL is too long for Unix sockets (80 characters at most)" "choose a shorter one: make up VAR=/some/short/folder"
}
# Where the portal of VAR_REAL answers, by its own settings: PORTAL_HOST, PORTAL_URL, and CURL_TLS. A certificate need not
# name the loopback address, so it is not asked for there, and only there.
portal_find() {
    local settings bind
    settings=$(env -i PATH="$PATH" "$VAR_REAL/bin/athanor" --conf "$VAR_REAL/athanor.conf" --show-config) || return 1
    setting() { sed -n "s/^$1 = \(.*\)  # .*/\1/p" <<<"$settings"; }
    bind=$(setting bind)
    CURL_TLS=()
    case $bind in 0.0.0.0) bind=127.0.0.1 ;; ::) bind=::1 ;; esac
    case $bind in 127.* | ::1 | localhost) CURL_TLS=(-k) ;; esac
    PORTAL_HOST=$bind
    case $bind in *:*) bind="[$bind]" ;; esac
    PORTAL_URL=http$([ -z "$(setting tls_cert)" ] || echo s)://$bind:$PORT
}
# The NVIDIA devices in a folder (/dev), one path a line, by number.
gpus_find() { find "$1" -maxdepth 1 -name 'nvidia[0-9]*' -type c 2>/dev/null | sort -V; }
set_users() {
    if is_root; then
        U_PG=postgres U_MUNGE=munge U_SLURM=slurm U_WORKER=athanor U_WEB=athanor-web
    else
        U_PG=$(id -un) U_MUNGE=$U_PG U_SLURM=$U_PG U_WORKER=$U_PG U_WEB=$U_PG
    fi
    G_WORKER=$U_WORKER G_WEB=$U_WEB
    is_root || { G_WORKER=$(id -gn); G_WEB=$G_WORKER; }
}
