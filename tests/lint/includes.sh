#!/bin/bash
# Holds the direction of includes (tests/lint/includes.txt): a wrong one is named with the rule it breaks.
set -euo pipefail
cd "$(dirname "$0")/../.."
bad=0
declare -A allowed only
while read -r name rest; do
    case $name in '' | '#'*) continue ;; esac
    if [[ $rest == "only in "* ]]; then only[$name]=${rest#only in }; else allowed[$name]=$rest; fi
done <tests/lint/includes.txt

check_own() { # file included-path
    local file=$1 inc=$2 dir target
    dir=$(dirname "$file")
    target=$(dirname "$(realpath -m --relative-to=. "$dir/$inc")")
    [ "$target" = "$dir" ] && return 0
    case $inc in sql_ids.h) return 0 ;; esac
    [ -n "${allowed[$dir]+x}" ] || return 0
    case " ${allowed[$dir]} " in *" $target "*) return 0 ;; esac
    echo "$file includes \"$inc\": $dir may include only: ${allowed[$dir]:-nothing}"
    return 1
}
check_library() { # file header
    local file=$1 header=$2 place
    [ -n "${only[$header]+x}" ] || return 0
    for place in ${only[$header]}; do
        case $file in "$place" | "$place"/*) return 0 ;; esac
    done
    echo "$file includes <$header>: allowed only in ${only[$header]}"
    return 1
}
while IFS=: read -r file _ text; do
    if [[ $text =~ \"([^\"]+)\" ]]; then
        check_own "$file" "${BASH_REMATCH[1]}" || bad=$((bad + 1))
    elif [[ $text =~ \<([^\>]+)\> ]]; then
        check_library "$file" "${BASH_REMATCH[1]}" || bad=$((bad + 1))
    fi
done < <(grep -rn --include='*.c' --include='*.h' '^#include' portal workers tests)
[ "$bad" = 0 ] || { echo "$bad wrong includes"; exit 1; }
