-- work_worker_sweep: forgets workers silent for a day
DELETE FROM worker WHERE heartbeat_at < now() - interval '1 day'
