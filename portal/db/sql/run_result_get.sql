-- run_result_get: the normalised result document; $1 run
SELECT doc, encode(sha256, 'hex'), collected_at FROM run_result WHERE run_id = $1
