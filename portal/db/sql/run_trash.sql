-- run_trash: hides a run; no row when it is hidden already; $1 run
UPDATE run SET trashed_at = now() WHERE id = $1 AND trashed_at IS NULL RETURNING id
