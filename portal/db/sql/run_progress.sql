-- run_progress: the newest progress known of a run; $1 run
SELECT attempt, progress, unknown_since, as_of FROM run WHERE id = $1
