-- work_worker_end: this worker stops in good order; $1 id
DELETE FROM worker WHERE id = $1
