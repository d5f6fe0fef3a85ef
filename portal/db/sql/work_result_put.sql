-- work_result_put: the checked results of a run; $1 run, $2 document, $3 sha256 hex
INSERT INTO run_result (run_id, doc, sha256) VALUES ($1, $2::jsonb, decode($3, 'hex'))
ON CONFLICT (run_id) DO NOTHING
