-- work_run_purged: deletes the rows of a run whose folder is gone, gives its space back and notes it; $1 run
WITH gone AS (
    DELETE FROM run WHERE id = $1 AND purged_at IS NOT NULL
    RETURNING id, project_id, account_id, name, reserved_b, kept_b
), noted AS (
    INSERT INTO audit (route, object, address, request_id, data)
    SELECT 'runs.purge', id, 'worker', '', jsonb_build_object('project', project_id, 'name', name, 'bytes', kept_b) FROM gone
)
SELECT quota_settle(project_id, account_id, reserved_b, -kept_b) FROM gone
