-- work_upload_refused: ends an upload that cannot be kept and gives its reservation back; $1 upload, $2 why
WITH u AS (
    UPDATE upload SET state = 'refused', reason = $2 WHERE id = $1 AND state = 'complete'
    RETURNING project_id, account_id, length_b
)
SELECT quota_settle(project_id, account_id, length_b, 0) FROM u
