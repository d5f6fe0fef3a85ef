#!/bin/bash
# The list of runs stays quick: with many runs and skewed projects each page is read from an index, never by looking at
# all runs. The plans are the generic ones that prepared statements settle on.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
. tests/lib/check.sh
B=${B:-build}
trap pg_remove EXIT
pg_start "$(mktemp -d "${TMPDIR:-/tmp}/athdb.XXXXXX")" || exit 1
pg_schema "$B/athanorctl" migrations >/dev/null || exit 1

id() { printf "%s_' || lpad(%s::text, 26, '0')" "$1" "$2"; }
# 30,000 runs, nearly all in one project; project 3 has three old ones, which a walk down the primary key would find last.
pg_psql >/dev/null <<SQL
INSERT INTO account (id, login, display_name) SELECT '$(id usr i), 'user' || i, 'User ' || i FROM generate_series(1, 5) i;
INSERT INTO project (id, name, created_by) SELECT '$(id prj i), 'Project ' || i, '$(id usr 1) FROM generate_series(1, 12) i;
INSERT INTO project_member SELECT p.id, a.id, 'member' FROM project p, account a;
INSERT INTO site (id, kind, title) VALUES ('local', 'slurm', 'test');
INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec, state)
SELECT '$(id run i), '$(id prj "(CASE WHEN i <= 3 THEN 3 WHEN i % 100 = 0 THEN 1 + i % 12 ELSE 1 END)"), '$(id usr "(1 + i % 5)"),
       'run ' || i, 'md', '1', 'local', '{}', 'finished' FROM generate_series(1, 30000) i;
VACUUM ANALYZE;
SQL

plan() { # statement, parameters
    local text
    text=$(sed 1d "portal/db/sql/$1.sql")
    pg_psql athanor_web -At -c "SET plan_cache_mode = force_generic_plan" -c "PREPARE q AS $text" \
        -c "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE q($2)"
}
me="'usr_$(printf %026d 2)'"
old="'prj_$(printf %026d 3)'"
by_project() { grep -q 'Scan Backward using run_by_project' <<<"$1" && ! grep -q 'Seq Scan on run' <<<"$1"; }
few_removed() { # no step read more than 1,000 rows in vain
    local most
    most=$(sed -n 's/.*Rows Removed by.*: \([0-9]*\)$/\1/p' <<<"$1" | sort -n | tail -n 1)
    [ "${most:-0}" -le 1000 ]
}
page=$(plan run_page "$me, NULL, NULL, 51")
ok "all my projects: by project and id" by_project "$page"
ok "all my projects: the index alone" grep -q 'Index Only Scan Backward using run_by_project' <<<"$page"
ok "all my projects: nothing read in vain" few_removed "$page"
page=$(plan run_page "$me, $old, NULL, 51")
ok "one small old project: by project and id" by_project "$page"
ok "one small old project: nothing read in vain" few_removed "$page"
page=$(plan run_page "$me, NULL, 'run_$(printf %026d 15000)', 51")
ok "a page in the middle: nothing read in vain" few_removed "$page"
page=$(plan run_page_filter "$me, $old, NULL, 51, 'finished', NULL, NULL, NULL, NULL, NULL")
ok "with a filter: by project and id" by_project "$page"
page=$(plan run_page_oldest "$me, $old, NULL, 51, NULL, NULL, NULL, NULL, NULL, NULL")
ok "oldest first: by project and id" grep -q 'Scan using run_by_project' <<<"$page"
ok "oldest first: nothing read in vain" few_removed "$page"
count=$(plan run_count "$me, $old, NULL, 100001, NULL, NULL, NULL, NULL, NULL, NULL, false")
ok "a total of a small project: by project" grep -q 'run_by_project' <<<"$count"
ok "a total: nothing read in vain" few_removed "$count"
count=$(plan run_count_plain "$me, $old, 100001")
ok "a total without filters: from the index" grep -q 'run_by_project' <<<"$count"
ok "a total without filters: nothing read in vain" few_removed "$count"
page=$(plan run_page_all "NULL, NULL, 51, NULL, NULL, NULL, NULL, NULL, NULL")
ok "everything, for administrators: down the primary key" grep -q 'Scan Backward using run_pkey' <<<"$page"
check_done
