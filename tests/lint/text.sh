#!/bin/bash
# Formatting, file sizes, unfinished marks, machine paths, shell scripts, SQL files, browser files.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
bad=0
fail() { printf '%s\n' "$*"; bad=1; }
mapfile -t c_files < <(git ls-files '*.c' '*.h')
mapfile -t sh_files < <(git ls-files '*.sh'; echo .ci/run)

clang-format-14 --dry-run -Werror "${c_files[@]}" >/tmp/fmt.$$ 2>&1 || { grep -m5 error /tmp/fmt.$$; fail "not formatted: run make format"; }
rm -f /tmp/fmt.$$
shellcheck -x -S warning -e SC2034,SC1091 -s bash "${sh_files[@]}" || fail "shellcheck found faults"

long=$(git ls-files '*.c' '*.h' '*.mjs' '*.js' '*.py' '*.sh' | xargs wc -l | awk '$1 > 800 && $2 != "total" { print $2 " (" $1 " lines)" }')
[ -z "$long" ] || fail "past 800 lines, split: $long"
# Assembled from parts so that this file does not find itself.
marks='\b(TO''DO|FIX''ME|X''XX|HA''CK|not impl''emented|st''ub)\b'
hits=$(git grep -nIE "$marks" -- '*.c' '*.h' '*.js' '*.mjs' '*.py' '*.sh' '*.sql' || true)
[ -z "$hits" ] || fail "unfinished marks: $hits"
hits=$(git grep -nIE '/(wo''rk|fa''rm)/(main|steering|shared|in|\.library)\b|registry\.npm''js\.org|deb\.deb''ian\.org' || true)
[ -z "$hits" ] || fail "paths of a machine or registry hosts: $hits"
hits=$(git ls-files '*package-lock.json' | xargs -r grep -l '"resolved"' || true)
[ -z "$hits" ] || fail "lock files with download addresses: $hits"

# C: text never becomes SQL or a shell command.
hits=$(git grep -nE '\b(system|popen|strcpy|strcat|sprintf|gets|atoi|atol|atof|strtok)\(' -- 'portal/*.c' 'workers/*.c' || true)
[ -z "$hits" ] || fail "functions we do not use: $hits"
hits=$(git grep -nE '\bPQ(exec|prepare|sendQuery)\(' -- 'portal/*.c' | grep -v '^portal/db/' || true)
[ -z "$hits" ] || fail "SQL outside portal/db: $hits"

# An early return runs the cleanup: what it cleans must hold something from the first line on.
hits=$(git grep -nE '_AUTO \*?[a-z_]+;' -- 'portal/*.c' 'workers/*.c' || true)
[ -z "$hits" ] || fail "declared without a value: $hits"

for f in portal/db/sql/*.sql; do
    head -1 "$f" | grep -q "^-- $(basename "$f" .sql): " || fail "$f: first line must be \"-- $(basename "$f" .sql): …\""
    [ "$(grep -v '^--' "$f" | tr -cd ';' | wc -c)" -le 1 ] || fail "$f: one statement a file"
done

# Browser files: nothing inline, nothing from elsewhere.
hits=$(git grep -nE '<script>|<style>|style="| on(click|load|error|input|change|submit)="|javascript:' -- 'static/*.html' 'static/*.js' 'static/*.mjs' || true)
[ -z "$hits" ] || fail "inline script or style: $hits"
hits=$(git grep -nE '(src|href)="https?://' -- 'static/*.html' || true)
[ -z "$hits" ] || fail "resources from other hosts: $hits"
# Text never becomes markup or code in the browser: htm and Preact make elements.
hits=$(git grep -nE '\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|dangerouslySet|new Function|\beval\(' -- 'static/*.js' 'static/*.mjs' || true)
[ -z "$hits" ] || fail "text as markup or code: $hits"
hits=$(git grep -nE "/vendor/preact" -- 'static/js/*.js' | grep -vE "from '/vendor/preact.js'|import\('/vendor/preact.js'\)|old.js" || true)
[ -z "$hits" ] || fail "Preact other than by /vendor/preact.js: $hits"
exit $bad
