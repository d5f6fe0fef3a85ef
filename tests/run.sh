#!/bin/bash
# Runs suites and prints "N passed, N failed, N skipped". A suite is a line "name | seconds | command"; exit 77 means
# skipped (something it needs is not here: said, never passed). Lanes run side by side, a lane's suites one after another.
#   run.sh LANE-FILE…      output of each suite in $B/log/tests/<name>.log; shown whole when it failed
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
out=$B/log/tests
mkdir -p "$out"
: >"$out/.results"

suite() { # name seconds command
    local name=$1 limit=$2 command=$3 rc t0=$SECONDS log
    log=$out/${name//[^A-Za-z0-9._-]/_}.log
    timeout -k 10 "$limit" bash -c "$command" >"$log" 2>&1 </dev/null
    rc=$?
    # A report that did not end its program is still a failure.
    [ $rc != 0 ] || ! grep -qE '(Address|Thread|Leak|UndefinedBehavior)Sanitizer|: runtime error: ' "$log" || rc=99
    {
        flock 9
        case $rc in
        0) printf 'ok    %-44s %4d s\n' "$name" $((SECONDS - t0)); echo pass >>"$out/.results" ;;
        77) printf 'skip  %-44s %s\n' "$name" "$(tail -n 1 "$log")"; echo skip >>"$out/.results" ;;
        *)
            [ $rc != 124 ] || echo "took longer than $limit s" >>"$log"
            printf 'FAIL  %-44s %4d s (exit %d), %s:\n' "$name" $((SECONDS - t0)) $rc "$log"
            tail -n 60 "$log" | sed 's/^/    | /'
            echo fail >>"$out/.results"
            ;;
        esac
    } 9>"$out/.lock"
}
lane() {
    local name limit command
    while IFS='|' read -r name limit command; do
        name=$(echo $name)
        case $name in '' | '#'*) continue ;; esac
        suite "$name" $((limit)) "$command"
    done <"$1"
}
export B
for file in "$@"; do lane "$file" & done
wait
count() { grep -c "^$1$" "$out/.results" || true; }
printf '\n%s passed, %s failed, %s skipped\n' "$(count pass)" "$(count fail)" "$(count skip)"
[ "$(count fail)" = 0 ] && [ "$(count pass)" -gt 0 ]
