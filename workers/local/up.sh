#!/bin/bash
# make up: from a fresh Debian 12 to a portal whose sample simulation has run. Running it again is harmless.
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
t_start=$SECONDS
grep -q '^ID=debian' /etc/os-release || say "note: made for Debian 12; this is $(. /etc/os-release && echo "$PRETTY_NAME")"
var_resolve
set_users
say "Athanor in $VAR$([ "$VAR" = "$VAR_REAL" ] || printf ' (really %s, so that service users can reach it)' "$VAR_REAL")"

kb=$(df -Pk "$(d=$VAR_REAL; while [ ! -e "$d" ]; do d=$(dirname "$d"); done; echo "$d")" | awk 'NR==2 { print $4 }')
[ "$kb" -gt 3000000 ] || die "only $((kb / 1024)) MB free where $VAR_REAL lies" "free some space, or choose another folder: make up VAR=/big/disk/athanor"

step "Debian packages" "check the network and /etc/apt, then run make up again" "$HERE/packages.sh" build run engine node
step "build" "read the log: the first error line names the file or the step, and what to do" make -C "$SRC" -j"$(nproc)" B="$B" all
step "folders, users, configuration" "read the log; a stack that is half made is mended by running make up again" "$HERE/files.sh"
changed=$(sed -n 's/^changed //p' "$LOG_DIR/folders--users--configuration.log" | tr '\n' ' ')

supervise=$VAR_REAL/bin/athanor-supervise
portal_find || die "athanor.conf cannot be used" "the line above names it: $VAR_REAL/athanor.conf"
ready() { curl -fsS "${CURL_TLS[@]}" -m 5 -o /dev/null "$PORTAL_URL/readyz"; }
# The portal answers, and Slurm has a node that can take work: a run would else wait for ever without a word.
slurm_ready() { [ -n "$(SLURM_CONF=$VAR_REAL/slurm/slurm.conf timeout 10 sinfo -h -t idle,mix,alloc,comp -o %N 2>/dev/null)" ]; }
wait_ready() {
    local i
    for i in $(seq 240); do
        ready 2>/dev/null && slurm_ready && return 0
        grep -qs ' failed ' "$VAR_REAL/run/status" && break
        sleep 0.25
    done
    cat "$VAR_REAL/run/status" 2>/dev/null
    local name
    for name in $(awk '$2 == "failed" { print $1 }' "$VAR_REAL/run/status" 2>/dev/null); do
        echo "--- log of $name"
        tail -n 12 "$VAR_REAL/log/$name.log"
    done
    slurm_ready || { echo "--- Slurm has no node that can take work; log of slurmd"; tail -n 12 "$VAR_REAL/slurm/log/slurmd.log"; }
    ready && slurm_ready
}
start() {
    if "$supervise" status "$VAR_REAL" >/dev/null 2>&1; then
        # Running already: what changed on disk is taken up by restarting just that.
        case $changed in
        *athanor-supervise* | *slurm.conf* | *share/migrations*)
            "$supervise" stop "$VAR_REAL"
            ;;
        *)
            case " $changed" in *" athanor "* | *" port "* | *share/templates* | *share/static*) "$supervise" restart "$VAR_REAL" portal ;; esac
            case $changed in *athanor-worker* | *helper-* | *athanor-job* | *share/templates*) "$supervise" restart "$VAR_REAL" worker ;; esac
            sleep 0.5
            wait_ready
            return
            ;;
        esac
    else
        # What is left of a start that failed half-way may hold the port itself.
        "$supervise" stop "$VAR_REAL"
        if (: <"/dev/tcp/$PORTAL_HOST/$PORT") 2>/dev/null; then
            echo "port $PORT is in use by another program"
            return 1
        fi
    fi
    rm -f "$VAR_REAL/run/status"
    (setsid "$supervise" run "$VAR_REAL" </dev/null >>"$VAR_REAL/log/supervise.log" 2>&1 &)
    wait_ready
}
step "services" "see the service's log in $VAR_REAL/log; a busy port: make up PORT=8081; then $VAR_REAL/bin/athanorctl doctor" start
"$HERE/sample.sh"

say ""
say "Athanor answers on  $PORTAL_URL/   (after $((SECONDS - t_start)) s)"
[ ! -f "$VAR_REAL/admin-password" ] || say "  sign in as        admin, password in $VAR/admin-password"
say "  check the parts   $VAR/bin/athanorctl --conf $VAR/athanor.conf doctor"
say "  stop              make down$([ "$VAR" = "$SRC/var" ] || echo " VAR=$VAR")"
