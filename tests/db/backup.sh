#!/bin/bash
# athanorctl backup and the way back it prints: the restored database holds the same rows, roles may do the same.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
. tests/lib/check.sh
B=${B:-build}
trap pg_remove EXIT
pg_start "$(mktemp -d "${TMPDIR:-/tmp}/athdb.XXXXXX")" || exit 1
pg_schema "$B/athanorctl" migrations >/dev/null || exit 1
ctl() { "$B/athanorctl" "$@" --set "var=$PG_VAR" --set "migrations_dir=migrations"; }
add() { echo 'a fine password' | ctl user add "$1" --admin; }
people() { pg_psql athanor_web -Atc "SELECT id, login, password_hash FROM account ORDER BY id"; }

ok "somebody is there" add ada
before=$(people)
ok "a dump is made" ctl backup "$PG_VAR/dump"
same "only its owner can read it" "600" "$(stat -c %a "$PG_VAR/dump")"
same "no half-made file is left" "" "$(find "$PG_VAR" -maxdepth 1 -name "*.partial")"
refused "a folder that is not there is said" "cannot be written" ctl backup "$PG_VAR/none/dump"
refused "without a name it explains itself" "backup FILE" ctl backup

# A new server, then the printed commands.
PG_DB=postgres pg_psql -c "DROP DATABASE athanor"
ok "an empty database is set up" pg_schema "$B/athanorctl" migrations
same "it is empty" "" "$(people)"
ok "the dump is restored" "$PG_BIN/pg_restore" --clean --if-exists -h "$PG_VAR/pg/run" -U athanor_owner -d athanor "$PG_VAR/dump"
ok "the schema is up to date afterwards" ctl migrate
same "with nothing to apply" "the schema is up to date" "$out"
same "the people are back" "$before" "$(people)"
refused "roles are as before" "permission denied" pg_psql athanor_worker -c "SELECT password_hash FROM account"
check_done
