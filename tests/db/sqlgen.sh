#!/bin/bash
# The generator of statements: what it refuses at build time, and that it escapes what C would take differently.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
folder=$(mktemp -d "${TMPDIR:-/tmp}/athsql.XXXXXX")
trap 'rm -rf "$folder"' EXIT
gen() { # name, text
    printf '%s\n' "$2" >"$folder/$1.sql"
    sh portal/db/sqlgen.sh "$folder" "$folder/$1.sql"
}
refused "a file without its first line" "line 1 must be" gen a 'SELECT 1'
refused "a first line of another name" "line 1 must be" gen a '-- b: something
SELECT 1'
refused "two statements" "more than one statement" gen a '-- a: x
SELECT 1; SELECT 2'
refused "no statement" "no statement" gen a '-- a: x'
refused "a parameter left out" 'parameter \$1 is not used' gen a '-- a: x
SELECT $2::int'
refused "a comment that would swallow the next line" "lines of their own" gen a '-- a: x
SELECT 1 -- one
  + 1'
refused "a name that is no C name" "is named with" gen A-b '-- A-b: x
SELECT 1'
ok "a good one" gen good_one '-- good_one: odd letters; $1 text, $2 text
-- a whole-line comment
SELECT $1::text ~ '"'"'^[a-z]??/\d"\\$'"'"' AND $2 = $1;'
cat >"$folder/main.c" <<'EOC'
#include "sql_table.h"
#include <stdio.h>
int main(void)
{
    printf("%d %s %d\n%s", SQL_COUNT, sql_table[SQL_GOOD_ONE].name, sql_table[SQL_GOOD_ONE].n_params,
           sql_table[SQL_GOOD_ONE].text);
    return sql_table[SQL_COUNT].name != 0;
}
EOC
ok "what it makes compiles without a warning" cc -std=c17 -Wall -Wextra -Werror -I"$folder" -o "$folder/main" \
    "$folder/main.c" "$folder/sql_table.c"
same "and holds the statement as it was written" '1 good_one 2
SELECT $1::text ~ '"'"'^[a-z]??/\d"\\$'"'"' AND $2 = $1' "$("$folder/main")"
ok "no statements at all is fine" sh portal/db/sqlgen.sh "$folder"
check_done
