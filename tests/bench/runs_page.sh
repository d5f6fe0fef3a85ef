#!/bin/bash
# GET /api/v1/runs, page of 50 of 100,000 runs, token authentication, 64 connections: beside (a) a bare libmicrohttpd reply of
# the same size and (b) pgbench of the same page query at its best client count, all on this machine in this run.
. "$(dirname "$0")/lib.sh"
dir=/tmp/ath-bench-runs.$$
trap 'bench_stop' EXIT
bench_start "$dir"
account=$(pg_psql -At -c "SELECT id FROM account WHERE login = 'admin'")
pg_psql -c "
INSERT INTO site (id, kind, title) VALUES ('local', 'slurm', 'bench');
INSERT INTO project (id, name, created_by) SELECT 'prj_' || lpad(i::text, 26, '0'), 'Project ' || i, '$account' FROM generate_series(1, 10) i;
INSERT INTO project_member (project_id, account_id, role) SELECT id, '$account', 'lead' FROM project;
INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec, state, progress)
SELECT 'run_' || lpad(i::text, 26, '0'), 'prj_' || lpad((1 + i % 10)::text, 26, '0'), '$account', 'Run number ' || i, 'protein-md', '1.0.0', 'local', '{}',
       (ARRAY['finished','failed','running','queued'])[1 + i % 4], '{\"stage\":\"production\",\"fraction\":0.42,\"ns_per_day\":17.2}'
  FROM generate_series(1, 100000) i;"
pg_psql -c 'ANALYZE'
page="$URL/api/v1/runs?limit=50"
size=$(curl -fsS -H "Authorization: Bearer $TOKEN" "$page" | wc -c)
wrk_rate() { # url [header]: requests/s and p99 in ms
    wrk -t2 -c64 -d5s --latency ${2:+-H "$2"} "$1" | awk '
        /99%/ { v = $2; if (v ~ /us$/) v = v / 1000; else if (v ~ /ms$/) v = v + 0; else v = v * 1000; p = v }
        /Requests\/sec/ { r = $2 } /Non-2xx/ { bad = $NF } END { printf "%.0f %.1f %d\n", r, p, bad }'
}
"$B/tests/bench/bare_mhd" "$size" 2 >"$dir/bare.port" &
bare=$!
sleep 0.5
read -r bare_rate bare_p99 _ < <(wrk_rate "http://127.0.0.1:$(grep -o '[0-9]*' "$dir/bare.port" | head -1)/")
kill "$bare"

# The same statement with the same parameters, prepared, as pgbench sends it. In turns, the best of four of each.
sed '1d; s/\$1/:account/g; s/\$2/NULL/g; s/\$3/NULL/g; s/\$4/50/g' portal/db/sql/run_page.sql >"$dir/page.pgbench"
sed -i "s/:account/'$account'/g" "$dir/page.pgbench"
best=0 best_c=0 ours=0
for c in 2 4 8 16; do
    tps=$("$PG_BIN/pgbench" -n -M prepared -c "$c" -j 2 -T 5 -f "$dir/page.pgbench" -h "$dir/pg/run" -U postgres athanor 2>/dev/null | awk '/tps/ { printf "%d", $3 }')
    [ "$tps" -gt "$best" ] && best=$tps best_c=$c
    read -r rate p99 bad < <(wrk_rate "$page" "Authorization: Bearer $TOKEN")
    [ "$bad" = 0 ] || { echo "$bad answers were errors" >&2; exit 1; }
    [ "$rate" -gt "$ours" ] && ours=$rate ours_p99=$p99
done
rss=$(rss_kib "$PORTAL")
row "runs page, 64 connections" "$ours/s, p99 $ours_p99 ms" "bare libmicrohttpd, $size bytes: $bare_rate/s, p99 $bare_p99 ms" "$(ratio "$ours" "$bare_rate")" "portal RSS $((rss / 1024)) MB"
row "runs page, 64 connections" "$ours/s" "pgbench, same query, $best_c clients: $best/s" "$(ratio "$ours" "$best")" "aim 0.6"
