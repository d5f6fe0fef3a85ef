-- work_attempt_sent: the submission is sent again under the same key; $1 run, $2 no
UPDATE attempt SET sent_at = now() WHERE run_id = $1 AND no = $2::int
