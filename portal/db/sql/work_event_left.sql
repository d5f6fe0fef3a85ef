-- work_event_left: how the scheduler ended a run's present attempt; $1 run, $2 attempt
SELECT data ->> 'end' FROM run_event WHERE run_id = $1 AND kind = 'left' AND attempt = $2::int ORDER BY seq DESC LIMIT 1
