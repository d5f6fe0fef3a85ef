-- run_wake_worker: tells the workers that a run wants something
SELECT pg_notify('work', 'run')
