-- run_spec: what a run was asked to do; $1 run
SELECT spec, project_id, name, site_id FROM run WHERE id = $1 AND purged_at IS NULL
