-- work_upload_lock: one worker at a time stores an upload; held by this connection until unlocked; $1 upload
SELECT pg_try_advisory_lock(7302, hashtext($1))
