-- work_worker_here: workers that were started on this host; $1 host, $2 our own id
SELECT id, pid FROM worker WHERE host = $1 AND id <> $2
