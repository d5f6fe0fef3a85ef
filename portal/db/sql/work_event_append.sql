-- work_event_append: an event of ours; $1 run, $2 seq folded from, $3 kind, $4 attempt, $5 data json
SELECT run_event_append($1, $2::bigint, $3, $4::int, NULL, $5::jsonb)
