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
libs=()
for l in inspect http model core; do libs+=("$B/lib$l.a"); done
make --no-print-directory -s B="$B" CC="$cc" SAN="$san,fuzzer-no-link" CFLAGS="-O1 -g" "${libs[@]}"
status=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
for t in "${targets[@]}"; do
    make --no-print-directory -s B="$B" CC="$cc" SAN="$san,fuzzer-no-link" CFLAGS="-O1 -g" "$B/tests/fuzz/fuzz_$t.o"
    "$cc" -fsanitize="$san,fuzzer" -o "$B/fuzz_$t" "$B/tests/fuzz/fuzz_$t.o" "${libs[@]}" \
        -lmicrohttpd -lgnutls -larchive -ljansson -lsodium -lz -lm -lpthread
    corpus=tests/fuzz/corpus/$t
    found=$B/found/$t
    mkdir -p "$corpus" "$found"
    echo "== $t: $seconds s"
    if ! "$B/fuzz_$t" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$corpus/" "$found" "$corpus" >"$B/$t.log" 2>&1; then
        echo "fuzz_$t failed; its input is in $corpus, its report in $B/$t.log"
        status=1
    fi
    grep -E 'number_of_executed_units|new_units_added' "$B/$t.log" || true
done
exit $status
