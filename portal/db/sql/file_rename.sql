-- file_rename: the user's name of a file; $1 file, $2 expected version or 0, $3 name
UPDATE file SET name = $3, version = version + 1 WHERE id = $1 AND ($2::bigint = 0 OR version = $2)
