-- file_trash: into the trash; repeating it keeps the first time; $1 file, $2 expected version or 0
UPDATE file SET trashed_at = coalesce(trashed_at, now()), version = version + 1
 WHERE id = $1 AND ($2::bigint = 0 OR version = $2)
