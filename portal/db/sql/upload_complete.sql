-- upload_complete: all bytes are on disk, workers take over; repeating it does nothing; $1 upload
WITH u AS (
    UPDATE upload SET state = 'complete' WHERE id = $1 AND state = 'open' RETURNING id
)
SELECT pg_notify('work', 'upload') FROM u
