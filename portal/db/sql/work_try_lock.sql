-- work_try_lock: one worker at a time does a duty; held by this connection until it closes; $1 number of the duty
SELECT pg_try_advisory_lock(7303, $1::int)
