-- work_attempt_submitted: the scheduler's name for an attempt; $1 run, $2 no, $3 job id
UPDATE attempt SET site_job_id = $3, submitted_at = coalesce(submitted_at, now()) WHERE run_id = $1 AND no = $2::int
