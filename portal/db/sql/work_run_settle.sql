-- work_run_settle: an ended run's reservation becomes what it keeps on disk; repeating counts nothing twice; $1 run, $2 bytes kept
WITH r AS (
    SELECT id, project_id, account_id, reserved_b, kept_b FROM run WHERE id = $1
), u AS (
    UPDATE run SET reserved_b = 0, kept_b = $2::bigint FROM r WHERE run.id = r.id RETURNING run.id
)
SELECT quota_settle(r.project_id, r.account_id, r.reserved_b, $2::bigint - r.kept_b) FROM r, u
