-- work_heartbeat: this worker lives; $1 id, $2 host, $3 pid
INSERT INTO worker (id, host, pid) VALUES ($1, $2, $3::int)
ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()
