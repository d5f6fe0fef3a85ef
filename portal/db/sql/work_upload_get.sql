-- work_upload_get: a complete upload; $1 upload
SELECT project_id, account_id, name, length_b, encode(want_sha256, 'hex') FROM upload WHERE id = $1 AND state = 'complete'
