-- work_run_settle: turns a run's reservation into what it keeps on disk, once; $1 run, $2 bytes kept
WITH r AS (
    SELECT id, project_id, account_id, reserved_b FROM run WHERE id = $1 AND reserved_b > 0 FOR UPDATE
), u AS (
    UPDATE run SET reserved_b = 0 FROM r WHERE run.id = r.id RETURNING run.id
)
SELECT quota_settle(r.project_id, r.account_id, r.reserved_b, $2::bigint) FROM r, u
