#!/bin/bash
# Static analysis: cppcheck over everything, clang-tidy over what .clang-tidy names, clang as a second compiler.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
bad=0
cppcheck --quiet --std=c17 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j2 \
    --suppress=missingIncludeSystem --suppress=varFuncNullUB --suppress=normalCheckLevelMaxBranches -I"$B/gen" portal workers || bad=1
mapfile -t files < <(git ls-files 'portal/*.c' 'workers/*.c')
printf '%s\n' "${files[@]}" | xargs -P2 -n8 clang-tidy-14 --quiet --warnings-as-errors='*' 2>/dev/null -- \
    -std=c17 -D_GNU_SOURCE -I"$B/gen" -I/usr/include/postgresql || bad=1
exit $bad
