#!/bin/bash
# Searches for new inputs with clang's libFuzzer: run.sh SECONDS [target...]. What reaches new code is kept in the build
# folder for the next search; an input that crashes is put into the corpus, which the tests replay, and ends with status 1.
set -euo pipefail
seconds=${1:?seconds per target}
shift
B=${B:-build}/fuzz
cc=${FUZZ_CC:-clang-14}
san=address,undefined
targets=("$@")
[ ${#targets[@]} -gt 0 ] || for t in tests/fuzz/fuzz_*.c; do
    t=${t##*/fuzz_}
    targets+=("${t%.c}")
done
status=0
[ -w /dev/shm ] && export TMPDIR=${TMPDIR:-/dev/shm} # targets that write files: no disk waits
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
for t in "${targets[@]}"; do
    make --no-print-directory -s B="$B" CC="$cc" SAN="$san,fuzzer-no-link" CFLAGS="-O1 -g" FUZZ_ENGINE=-fsanitize=fuzzer \
        "$B/tests/fuzz/fuzz_$t"
    corpus=$PWD/tests/fuzz/corpus/$t # whole paths: some targets work in a folder of their own
    found=$PWD/$B/found/$t
    case $B in /*) found=$B/found/$t ;; esac
    mkdir -p "$corpus" "$found"
    echo "== $t: $seconds s"
    if ! "$B/tests/fuzz/fuzz_$t" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$corpus/" "$found" "$corpus" >"$B/$t.log" 2>&1; then
        echo "fuzz_$t failed; its input is in $corpus, its report in $B/$t.log"
        status=1
    fi
    grep -E 'number_of_executed_units|new_units_added' "$B/$t.log" || true
done
exit $status
