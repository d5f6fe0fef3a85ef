-- work_attempt_by_key: what a scheduler's job belongs to; $1 key
SELECT r.id, r.state IN ('finished', 'failed', 'cancelled') OR a.no < r.attempt, a.site_job_id
  FROM attempt a JOIN run r ON r.id = a.run_id WHERE a.key = $1
