-- run_attempts: the attempts of a run, oldest first; $1 run
SELECT no, site_id, site_job_id, intent_at, sent_at, submitted_at, started_at, ended_at, outcome, manifest
  FROM attempt WHERE run_id = $1 ORDER BY no LIMIT 1000
