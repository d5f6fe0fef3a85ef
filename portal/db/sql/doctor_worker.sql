-- doctor_worker: seconds since the newest worker heartbeat (NULL: never), runs no worker has taken yet
SELECT (SELECT extract(epoch FROM now() - max(heartbeat_at))::float8 FROM worker),
       (SELECT count(*) FROM run WHERE state = 'queued' AND lease_owner IS NULL)
