-- work_attempt_intent: an attempt about to be submitted; $1 run, $2 no, $3 key, $4 site
INSERT INTO attempt (run_id, no, key, site_id, sent_at) VALUES ($1, $2::int, $3, $4, now())
