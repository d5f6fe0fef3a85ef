-- run_rename: a new name if the version is still the one seen; $1 run, $2 version or 0 for any, $3 name
UPDATE run SET name = $3, version = version + 1 WHERE id = $1 AND ($2 = 0 OR version = $2) RETURNING version
