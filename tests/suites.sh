#!/bin/bash
# Chooses the suites of "fast", "check" or "full" and runs them in lanes (tests/run.sh). Found by name: a new
# tests/unit/test_*.c, tests/db/*.sh, tests/api/*.test.mjs, tests/cluster/*.sh needs no line here.
#   tests/cluster/*.full.sh and tests/api/*.full.mjs run in "full" alone.
set -euo pipefail
cd "$(dirname "$0")/.."
B=${B:-build}
level=$1
lanes=$B/log/lanes
rm -rf "$lanes"
mkdir -p "$lanes"

unit() { # build folder, label
    local t
    for t in tests/unit/test_*.c; do
        t=$(basename "$t" .c)
        echo "unit $t$2 | 120 | $1/tests/unit/$t"
    done
    for t in tests/fuzz/fuzz_*.c; do
        t=$(basename "$t" .c)
        [ -d "tests/fuzz/corpus/${t#fuzz_}" ] || continue
        echo "corpus $t$2 | 120 | $1/tests/fuzz/$t tests/fuzz/corpus/${t#fuzz_}/*"
    done
}
lint_quick() {
    echo "lint includes | 60 | bash tests/lint/includes.sh"
    echo "lint links | 60 | bash tests/lint/links.sh"
    echo "lint text | 60 | bash tests/lint/text.sh"
    echo "lint first page | 60 | node tests/lint/sizes.mjs"
}
scripts() { # folder pattern seconds
    local f
    for f in tests/$1/$2; do
        [ -e "$f" ] || continue
        case $f in *.full.*) [ "$level" = full ] || continue ;; esac
        case $f in
        *.mjs) echo "$1 $(basename "$f") | $3 | node --test $f" ;;
        *.py) echo "$1 $(basename "$f") | $3 | /usr/bin/python3 $f" ;;
        *) echo "$1 $(basename "$f") | $3 | bash $f" ;;
        esac
    done
}

# The first report ends a program; its log is searched for others (run.sh).
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
sanitized() { # build folder, label, api files…
    local dir=$1 label=$2 t
    shift 2
    for t in "$@"; do echo "api $t ($label) | 600 | B=$dir node --test tests/api/$t.test.mjs"; done
}

# Cluster suites mostly wait, so compiling and linting go on beside them.
case $level in
fast)
    { lint_quick; unit "$B" ""; } | awk -v lanes="$lanes" '{ print >(lanes "/work" NR % 2) }'
    ;;
check | full)
    {
        lint_quick
        echo "lint types | 120 | bash tests/lint/types.sh"
        unit "$B" ""
        scripts db '*.sh' 300
        scripts api '*.mjs' 600
        echo "build asan | 900 | make asan"
        unit "$B/asan" " (asan)"
        echo "db programs (asan) | 300 | B=$B/asan bash tests/db/programs.sh"
        sanitized "$B/asan" asan projects uploads runs run_data events
        echo "cluster worker_null (asan) | 900 | B=$B/asan bash tests/cluster/worker_null.sh"
        echo "build tsan | 900 | make tsan"
        for t in tests/unit/test_http*.c tests/unit/test_core_*.c; do
            [ -e "$t" ] || continue
            t=$(basename "$t" .c)
            echo "unit $t (tsan) | 240 | $B/tsan/tests/unit/$t"
        done
        [ "$level" != full ] || sanitized "$B/tsan" tsan uploads runs run_data events
        echo "build clang | 900 | make clang"
        echo "lint analyse | 900 | bash tests/lint/analyse.sh"
    } >"$lanes/work"
    limit=900
    [ "$level" = full ] && limit=3000
    scripts cluster '*.sh' $limit >"$lanes/cluster"
    # One stack for all of them; in the lane of those that mostly wait.
    echo "browser | 1800 | bash tests/browser/run.sh" >>"$lanes/cluster"
    ;;
esac
exec bash tests/run.sh "$lanes"/*
