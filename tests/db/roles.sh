#!/bin/bash
# What the two roles cannot do. The portal faces the network: whoever takes it over must not be able to finish a run,
# forge a result, or speak for a worker; and a worker never sees a password, a session or a token.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
. tests/lib/check.sh
B=${B:-build}
trap pg_remove EXIT
pg_start "$(mktemp -d "${TMPDIR:-/tmp}/athdb.XXXXXX")" || exit 1
pg_schema "$B/athanorctl" migrations >/dev/null || exit 1
web() { pg_psql athanor_web -Atc "$1"; }
worker() { pg_psql athanor_worker -Atc "$1"; }
denied='permission denied|row-level security'
# Rows of the state machine: RUN_KIND(ID, "name", WRITER, ...), RUN_STATE(ID, "name", ...)
kinds() { sed -n "s/^RUN_KIND([A-Z_]*, \"\([a-z_]*\)\", $1,.*/\1/p" portal/model/run_state.def | sort | xargs; }
states() { sed -n 's/^RUN_STATE([A-Z_]*, "\([a-z_]*\)",.*/\1/p' portal/model/run_state.def | grep -vx new | sort | xargs; }
quoted() { grep -o "'[a-z_]*'" | tr -d "'" | sort -u | xargs; }

pg_psql -c "INSERT INTO account (id, login, display_name, password_hash) VALUES ('usr_a', 'ada', 'Ada', 'secret');
            INSERT INTO project (id, name, created_by) VALUES ('prj_a', 'P', 'usr_a');
            INSERT INTO site (id, kind, title) VALUES ('local', 'slurm', 'L');" || exit 1
run="INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec"
values="VALUES ('run_a', 'prj_a', 'usr_a', 'n', 't', '1', 'local', '{}'"

ok "web submits a run" web "$run) $values)"
for kind in $(kinds WEB); do
    ok "web asks: $kind" web "SELECT run_event_append('run_a', NULL, '$kind', 0, 'usr_a', '{}')"
done
for kind in $(kinds WORKER) nonsense; do
    refused "web cannot say: $kind" "$denied" web "SELECT run_event_append('run_a', NULL, '$kind', 0, 'usr_a', '{}')"
done
refused "web cannot submit a finished run" "$denied" web "$run, state) ${values/run_a/run_b}, 'finished')"
refused "web cannot submit with a job id" "$denied" web "$run, site_job_id) ${values/run_a/run_b}, '1')"
refused "web cannot submit with a fence" "$denied" web "$run, fence) ${values/run_a/run_b}, 7)"
for column in "state = 'finished'" "attempt = 2" "lease_owner = 'me'" "fence = 9" "summary = '{}'" "site_job_id = '1'" \
    "spec = '{}'" "account_id = 'usr_a'" "project_id = 'prj_a'" "failure = NULL" "usage = '{}'"; do
    refused "web cannot set run.${column%% *}" "$denied" web "UPDATE run SET $column WHERE id = 'run_a'"
done
ok "web renames a run" web "UPDATE run SET name = 'other' WHERE id = 'run_a'"
for table in run run_event run_result attempt audit file structure blob site module worker; do
    refused "web cannot delete from $table" "$denied" web "DELETE FROM $table"
done
refused "web cannot rewrite an event" "$denied" web "UPDATE run_event SET kind = 'finished'"
refused "web cannot rewrite the audit" "$denied" web "UPDATE audit SET route = 'x'"
refused "web cannot forge a result" "$denied" web "INSERT INTO run_result (run_id, doc, sha256) VALUES ('run_a', '{}', '\\x00')"
refused "web cannot forge an attempt" "$denied" web "INSERT INTO attempt (run_id, no, key, site_id) VALUES ('run_a', 1, 'k', 'local')"
refused "web cannot speak for a worker" "$denied" web "INSERT INTO worker (id, host, pid) VALUES ('w', 'h', 1)"
refused "web cannot change a site" "$denied" web "UPDATE site SET enabled = false"
refused "web cannot say a file has other content" "$denied" web "UPDATE file SET sha256 = NULL"
refused "web cannot declare a structure ready" "$denied" web "UPDATE structure SET state = 'ready'"
refused "web cannot make tables" "$denied" web "CREATE TABLE mine (a int)"
refused "web cannot take part in migrations" "$denied" web "DELETE FROM schema_migration"
refused "web cannot run programs" "must be superuser" web "COPY (SELECT 1) TO PROGRAM 'true'"
refused "web cannot become the owner" "$denied" web "SET ROLE athanor_owner"

ok "worker sees who somebody is" worker "SELECT id, login, display_name FROM account"
refused "worker cannot see password hashes" "$denied" worker "SELECT password_hash FROM account"
for table in session api_token login_throttle; do
    refused "worker cannot read $table" "$denied" worker "SELECT * FROM $table"
    refused "worker cannot write $table" "$denied" worker "DELETE FROM $table"
done
refused "worker cannot make itself administrator" "$denied" worker "UPDATE account SET role = 'admin'"
refused "worker cannot join a project" "$denied" worker "INSERT INTO project_member VALUES ('prj_a', 'usr_a', 'lead')"
refused "worker cannot rewrite the audit" "$denied" worker "DELETE FROM audit"
pg_psql -c "INSERT INTO audit (at, route, address, request_id) SELECT now() - d * interval '1 day', 'd' || d, '', '' FROM unnest(ARRAY[1, 29, 31, 800]) d" || exit 1
same "worker forgets old history" 1 "$(worker "SELECT history_trim(730)")"
same "but nothing younger than 30 days" 1 "$(worker "SELECT history_trim(0)")"
same "the rest stays" "d1 d29" "$(pg_psql -Atc "SELECT string_agg(route, ' ' ORDER BY route) FROM audit WHERE route ~ '^d[0-9]'")"
refused "web forgets nothing" "$denied" web "SELECT history_trim(730)"
refused "web cannot rewrite activity" "$denied" web "UPDATE activity SET name = 'x'"
refused "web cannot delete activity" "$denied" web "DELETE FROM activity"
refused "worker cannot read preferences" "$denied" worker "SELECT * FROM account_preference"
refused "worker cannot rewrite events" "$denied" worker "UPDATE run_event SET kind = 'finished'"
ok "worker says: intent" worker "SELECT run_event_append('run_a', NULL, 'intent', 1, NULL, '{}')"
refused "nobody appends to a stale fold" "stale fold" worker "SELECT run_event_append('run_a', 1, 'pending', 1, NULL, '{}')"
refused "nobody else connects" "pg_hba|Peer|does not exist|permission denied" pg_psql nobody -c "SELECT 1"

# The database's lists are the state machine's.
same "event kinds of the web policy" "$(kinds WEB)" \
    "$(pg_psql -Atc "SELECT pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polname = 'web_asks'" | quoted)"
same "states a run may have" "$(states)" "$(pg_psql -Atc "SELECT pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'run'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%queued%'" | quoted)"
check_done
