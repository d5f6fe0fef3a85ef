#!/bin/bash
# 5,000 idle event streams: memory of the portal, and the time until one event has reached all of them.
. "$(dirname "$0")/lib.sh"
dir=/tmp/ath-bench-sse.$$
ulimit -n 20000
trap 'bench_stop' EXIT
bench_start "$dir"
account=$(pg_psql -At -c "SELECT id FROM account WHERE login = 'admin'")
pg_psql -c "
INSERT INTO site (id, kind, title) VALUES ('local', 'slurm', 'bench');
INSERT INTO project (id, name, created_by) VALUES ('prj_00000000000000000000000001', 'bench', '$account');
INSERT INTO project_member VALUES ('prj_00000000000000000000000001', '$account', 'lead');
INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec) VALUES ('run_00000000000000000000000001', 'prj_00000000000000000000000001', '$account', 'bench', 'protein-md', '1.0.0', 'local', '{}');"
before=$(rss_kib "$PORTAL")
# The event is made as in real life: a request, the database, NOTIFY, the listening thread, the hub, 5,000 sockets.
"$B/tests/bench/sse_bench" -p "$PORT" -n 5000 -P "$PORTAL" -u "/api/v1/events?topics=run:run_00000000000000000000000001" \
    -H "Authorization: Bearer $TOKEN" -t /api/v1/runs/run_00000000000000000000000001/cancel -r 1 >"$dir/out"
read -r rss_kb ms < <(jq -r '"\(.rss_idle_kb) \(.event_ms | max)"' "$dir/out")
row "5,000 idle event streams" "$((rss_kb / 1024)) MB RSS" "limit 100 MB" "$(ratio "$((rss_kb / 1024))" 100)" "portal alone $((before / 1024)) MB"
row "one event to 5,000 streams" "$ms ms to the last" "limit 200 ms" "$(ratio "$ms" 200)" "from the POST that caused it"
