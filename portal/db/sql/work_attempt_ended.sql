-- work_attempt_ended: how an attempt ended, with its evidence; $1 run, $2 no, $3 outcome, $4 manifest json or null
UPDATE attempt SET ended_at = now(), outcome = $3, manifest = $4::jsonb WHERE run_id = $1 AND no = $2::int AND ended_at IS NULL
