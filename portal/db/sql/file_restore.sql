-- file_restore: out of the trash; no row when it was not in it; $1 file
UPDATE file SET trashed_at = NULL, version = version + 1 WHERE id = $1 AND trashed_at IS NOT NULL
