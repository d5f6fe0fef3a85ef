-- run_head: what is needed to find a run's folder and to know whether it still changes; $1 run
SELECT project_id, name, state, attempt, ended_at IS NOT NULL FROM run WHERE id = $1 AND purged_at IS NULL
