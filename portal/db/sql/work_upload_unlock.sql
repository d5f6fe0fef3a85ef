-- work_upload_unlock: ends work_upload_lock; $1 upload
SELECT pg_advisory_unlock(7302, hashtext($1))
