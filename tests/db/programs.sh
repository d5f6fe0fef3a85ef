#!/bin/bash
# Runs the test programs tests/db/test_*.c, each with a fresh database (built by "make db-programs").
# They find it by ATHANOR_VAR, and in TEST_PG a script: TEST_PG sql TEXT | stop | start.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
B=${B:-build}
trap pg_remove EXIT
failed=0
for program in tests/db/test_*.c; do
    program=$B/${program%.c}
    pg_start "$(mktemp -d "${TMPDIR:-/tmp}/athdb.XXXXXX")" || exit 1
    pg_schema "$B/athanorctl" migrations >/dev/null || exit 1
    cat >"$PG_VAR/control" <<EOS
#!/bin/bash
. "$PWD/tests/lib/pg.sh"
PG_VAR=$PG_VAR
case \$1 in
sql) pg_psql -Atc "\$2" ;;
stop) pg_stop ;;
start) pg_again ;;
esac
EOS
    chmod 0755 "$PG_VAR/control"
    ATHANOR_VAR=$PG_VAR TEST_PG=$PG_VAR/control "$program" || failed=1
    pg_remove
done
exit $failed
