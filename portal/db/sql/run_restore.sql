-- run_restore: shows a run again; no row when it was not in the trash or is being deleted; $1 run
UPDATE run SET trashed_at = NULL WHERE id = $1 AND trashed_at IS NOT NULL AND purged_at IS NULL RETURNING id
