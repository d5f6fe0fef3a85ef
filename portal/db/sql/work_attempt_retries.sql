-- work_attempt_retries: attempts of a run that were repeated by themselves; $1 run
SELECT count(*) FROM attempt WHERE run_id = $1 AND outcome = 'retried'
