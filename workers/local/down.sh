#!/bin/bash
# make down: stops exactly what make up started, also after a crash or a reboot.
#   down.sh          stop        down.sh purge   stop and remove VAR (asks for CONFIRM=yes)
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
var_resolve
if [ "${1:-}" = purge ] && [ "${CONFIRM:-}" != yes ]; then
    die "purge removes everything in $VAR_REAL: projects, runs, database" "if that is what you want: make purge CONFIRM=yes"
fi
if [ -f "$VAR_REAL/run/services" ]; then
    "$VAR_REAL/bin/athanor-supervise" stop "$VAR_REAL"
    say "stopped"
else
    say "nothing to stop in $VAR"
fi
if [ "${1:-}" = purge ]; then
    [ -f "$VAR_REAL/stack.env" ] || [ ! -e "$VAR_REAL" ] || die "$VAR_REAL does not look like a stack of ours (no stack.env)" "remove it by hand if you are sure"
    rm -rf "$VAR_REAL"
    [ ! -L "$VAR" ] || rm "$VAR"
    say "removed $VAR"
fi
