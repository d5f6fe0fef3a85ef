-- work_attempt_started: an attempt runs; $1 run, $2 no, $3 start s
UPDATE attempt SET started_at = to_timestamp($3::bigint) WHERE run_id = $1 AND no = $2::int
