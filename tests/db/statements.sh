#!/bin/bash
# Every statement of portal/db/sql prepares against the migrated schema, and the role whose program uses it may run it.
#
# Who uses a statement is read from the source: SQL_<NAME> in portal/api, portal/auth or portal/main.c is the web
# role's, in workers/ the worker's. EXPLAIN checks the privileges without doing anything.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
. tests/lib/check.sh
B=${B:-build}
trap pg_remove EXIT
pg_start "$(mktemp -d "${TMPDIR:-/tmp}/athdb.XXXXXX")" || exit 1
pg_schema "$B/athanorctl" migrations >/dev/null || exit 1

nulls() { # how many -> "(NULL, NULL)"
    local i list=
    for ((i = 0; i < $1; i++)); do list+="${list:+, }NULL"; done
    [ -n "$list" ] && echo "($list)"
}
users() { # statement name, folders... -> is it used there
    local name=SQL_${1^^}
    shift
    grep -rqwE "$name" "$@" --include='*.c' --include='*.h'
}
for file in portal/db/sql/*.sql; do
    name=$(basename "$file" .sql)
    text=$(sed 1d "$file" | grep -v '^[[:space:]]*--' | sed '$ s/;[[:space:]]*$//')
    n=$(echo "$text" | grep -o '\$[0-9]*' | tr -d '$' | sort -n | tail -n 1)
    prepare="PREPARE x AS $text;"
    ok "$name prepares" pg_psql -c "$prepare"
    # Row-level security hides a policy's refusal until a row is written; tests/db/roles.sh looks at those.
    explain="$prepare EXPLAIN EXECUTE x $(nulls "${n:-0}");"
    used=
    if users "$name" portal/api portal/auth portal/main.c; then
        used=1
        ok "$name: the web role may" pg_psql athanor_web -c "$explain"
    fi
    if users "$name" workers; then
        used=1
        ok "$name: the worker role may" pg_psql athanor_worker -c "$explain"
    fi
    [ -n "$used" ] || users "$name" portal/ctl portal/db || check_say 1 "$name is used by nobody"
done
check_done
