-- work_upload_expire: ends unfinished uploads past their time and gives their reservation back
WITH u AS (
    UPDATE upload SET state = 'ended', reason = 'expired' WHERE state = 'open' AND expires_at < now()
    RETURNING id, project_id, account_id, length_b
)
SELECT id, quota_settle(project_id, account_id, length_b, 0) FROM u
