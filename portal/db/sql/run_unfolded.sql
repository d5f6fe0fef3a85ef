-- run_unfolded: events the stored fold does not include yet; $1 run, $2 events folded
SELECT kind, attempt FROM run_event WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT 1000
