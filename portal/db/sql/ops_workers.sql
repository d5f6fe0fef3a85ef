-- ops_workers: how many workers there are, and how long ago one last gave a sign of life (null: never)
SELECT count(*), extract(epoch FROM now() - max(heartbeat_at))::float8 FROM worker
