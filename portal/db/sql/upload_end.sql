-- upload_end: gives an unfinished upload up and frees what it reserved; one row when it did; $1 upload
WITH u AS (
    UPDATE upload SET state = 'ended' WHERE id = $1 AND state = 'open' RETURNING project_id, account_id, length_b
)
SELECT quota_settle(project_id, account_id, length_b, 0) FROM u
