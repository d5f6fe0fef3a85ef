#!/bin/bash
# The link lines hold the privileges: the portal has no scheduler and no ssh library, helpers no database.
set -euo pipefail
cd "$(dirname "$0")/../.."
B=${B:-build}
bad=0
never() { # program library…
    local program=$1 lib libs
    shift
    libs=$(readelf -d "$B/$program" | grep NEEDED || true)
    for lib in "$@"; do
        if grep -q "\[$lib" <<<"$libs"; then
            echo "$program is linked with $lib"
            bad=1
        fi
    done
}
never athanor libslurm libssh2 libcurl libmunge libseccomp
never athanor-worker libslurm libssh2 libmicrohttpd libmunge
never athanorctl libslurm libssh2 libmicrohttpd
never helper-slurm libpq libmicrohttpd libjansson
never helper-inspect libpq libmicrohttpd libslurm
never athanor-job libpq libmicrohttpd libslurm libjansson
# Hardening that the flags promise.
for p in athanor athanor-worker helper-slurm helper-inspect athanor-job athanorctl; do
    readelf -h "$B/$p" | grep -q 'DYN' || { echo "$p is not position independent"; bad=1; }
    readelf -d "$B/$p" | grep -q 'BIND_NOW\|NOW' || { echo "$p is not bound at start"; bad=1; }
done
exit $bad
