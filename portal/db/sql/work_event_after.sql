-- work_event_after: events of a run after a number; $1 run, $2 seq
SELECT seq, kind, attempt, data FROM run_event WHERE run_id = $1 AND seq > $2::bigint ORDER BY seq
