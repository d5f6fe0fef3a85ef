#!/bin/bash
# quota_reserve under 32 racing connections: never more than the limit, and not less than fits.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
. tests/lib/check.sh
B=${B:-build}
trap pg_remove EXIT
pg_start "$(mktemp -d "${TMPDIR:-/tmp}/athdb.XXXXXX")" || exit 1
pg_schema "$B/athanorctl" migrations >/dev/null || exit 1
pg_psql -c "INSERT INTO quota (scope, id, limit_b) VALUES ('project', 'p', 1000000), ('account', 'tight', 1000),
            ('account', 'wide', 1000000), ('project', 'small', 500);"

# 32 connections, 20 tries of 7 each: 640 tries, room for 142.
try="DO \$\$ BEGIN FOR i IN 1..20 LOOP BEGIN PERFORM quota_reserve('p', 'tight', 7);
     EXCEPTION WHEN SQLSTATE 'AT001' THEN NULL; END; COMMIT; END LOOP; END \$\$"
for _ in $(seq 32); do
    pg_psql athanor_web -c "$try" &
done
wait
same "the account holds what fits" "994" "$(pg_psql -Atc "SELECT reserved_b FROM quota WHERE id = 'tight'")"
same "the project counts the same" "994" "$(pg_psql -Atc "SELECT reserved_b FROM quota WHERE id = 'p'")"
refused "one byte too many is the account's quota" "quota_account" pg_psql athanor_web -c "SELECT quota_reserve('p', 'tight', 7)"
refused "the project's limit counts too" "quota_project" pg_psql athanor_web -c "SELECT quota_reserve('small', 'wide', 501)"
same "a refusal by the project leaves the account alone" "0" "$(pg_psql -Atc "SELECT reserved_b FROM quota WHERE id = 'wide'")"
ok "settling keeps what was used" pg_psql athanor_worker -c "SELECT quota_settle('p', 'tight', 994, 400)"
same "used and reserved after settling" "400|0" "$(pg_psql -Atc "SELECT used_b, reserved_b FROM quota WHERE id = 'tight'")"
check_done
