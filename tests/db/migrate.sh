#!/bin/bash
# Migrations: from nothing, twice, two at once; a changed, missing, double, broken or unknown file is refused in words
# and leaves the schema as it was; a program older than the database refuses.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
. tests/lib/check.sh
B=${B:-build}
trap pg_remove EXIT
pg_start "$(mktemp -d "${TMPDIR:-/tmp}/athdb.XXXXXX")" || exit 1
folder=$PG_VAR
cp -r migrations "$folder/m"
ctl() { "$B/athanorctl" "$@" --set "var=$folder" --set "migrations_dir=$folder/m"; }
count() { pg_psql -Atc "SELECT count(*) FROM schema_migration"; }
set -- "$folder"/m/0*.sql
known=$#

ok "roles and database are made" pg_schema "$B/athanorctl" "$folder/m"
same "all migrations are recorded" "$known" "$(count)"
ok "making them again is harmless" pg_schema "$B/athanorctl" "$folder/m"
ok "migrating again does nothing" ctl migrate
same "and says so" "the schema is up to date" "$out"
same "tables belong to the owner" "athanor_owner" "$(pg_psql -Atc "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")"

next=$(printf %04d $((known + 1)))
after=$(printf %04d $((known + 2)))
echo 'CREATE TABLE half (a int); SELECT 1/0;' >"$folder/m/$next-broken.sql"
refused "a broken file is refused with the database's words" "$next-broken.*division by zero" ctl migrate
same "and leaves nothing behind" "" "$(pg_psql -Atc "SELECT to_regclass('half')")"
echo 'CREATE TABLE half (a int); COMMIT;' >"$folder/m/$next-broken.sql"
refused "a file that ends its transaction is refused" "ends its own transaction" ctl migrate
pg_psql -c 'DROP TABLE IF EXISTS half' 2>/dev/null
mv "$folder/m/$next-broken.sql" "$folder/m/$after-gap.sql"
refused "a gap is refused" "Migration $((known + 1)) is missing" ctl migrate
rm "$folder/m/$after-gap.sql"
cp "$folder/m/0001-init.sql" "$folder/m/0001-twice.sql"
refused "a number used twice is refused" "missing or there twice" ctl migrate
rm "$folder/m/0001-twice.sql"
echo 'SELECT 1;' >"$folder/m/note.sql"
refused "a file without a number is refused" "not named NNNN-name.sql" ctl migrate
rm "$folder/m/note.sql"
cp "$folder/m/0001-init.sql" "$folder/kept"
echo '-- a later thought' >>"$folder/m/0001-init.sql"
refused "a changed file is refused" "applied in another form" ctl migrate
mv "$folder/kept" "$folder/m/0001-init.sql"
mv "$folder/m/9999-grants.sql" "$folder/kept"
refused "a folder without grants is refused" "9999-grants.sql" ctl migrate
mv "$folder/kept" "$folder/m/9999-grants.sql"

# Two at once: a slow file, so that they really meet.
echo 'CREATE TABLE raced (a int); SELECT pg_sleep(1);' >"$folder/m/$next-race.sql"
ctl migrate >"$folder/one" 2>&1 &
one=$!
ctl migrate >"$folder/two" 2>&1
two=$?
wait $one
same "two migrators both succeed" "0 0" "$? $two"
same "and one of them did the work" "1 migration applied the schema is up to date" "$(sort "$folder/one" "$folder/two" | xargs)"

rm "$folder/m/$next-race.sql"
refused "a program older than the database refuses" "older than the database" ctl migrate
check_done
