#!/bin/bash
# Static analysis: cppcheck over everything, clang-tidy over every .c with the checks of .clang-tidy. Needs the
# generated headers of `make all`. What passed clang-tidy is not looked at again until what the compiler sees of it or
# the checks change: $B/lint/tidy holds an empty file named by the hash of all that.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export B=${B:-build}
mkdir -p "$B/lint/tidy" "$B/lint/cppcheck"
bad=0

# varFuncNullUB: about machines where NULL is an int in varargs; ours are POSIX, where it is a pointer.
# normalCheckLevelMaxBranches: a remark on cppcheck's own effort.
# syntaxError in run_state.h: cppcheck also tries the tables with their macros defined empty, which nobody does.
nice cppcheck --quiet --std=c17 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j2 \
    --cppcheck-build-dir="$B/lint/cppcheck" --library=tests/lint/cppcheck.cfg \
    --suppress=missingIncludeSystem --suppress=varFuncNullUB --suppress=normalCheckLevelMaxBranches \
    --suppress=syntaxError:portal/model/run_state.h -I"$B/gen" portal workers || bad=1

tidy() {
    local flags=(-std=c17 -D_GNU_SOURCE "-I$B/gen" -I/usr/include/postgresql) seen
    [[ $1 == portal/core/err.c ]] || flags+=(-include tests/lint/known.h)
    seen=$(clang-14 "${flags[@]}" -E -C -dD "$1" 2>/dev/null | cat - .clang-tidy "$0" | sha256sum)
    seen=$B/lint/tidy/${seen%% *}
    [[ -e $seen ]] && return
    nice clang-tidy-14 --quiet --warnings-as-errors='*' "$1" -- "${flags[@]}" 2>/dev/null && : >"$seen"
}
export -f tidy
git ls-files -z 'portal/*.c' 'workers/*.c' | xargs -0 -P2 -n1 bash -c 'tidy "$1"' "$0" || bad=1
exit $bad
