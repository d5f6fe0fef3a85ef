-- upload_open: unfinished uploads, for the sweep; $1 after id or null, $2 rows
SELECT id, length_b FROM upload
 WHERE state = 'open' AND ($1::text IS NULL OR id > $1)
 ORDER BY id
 LIMIT $2::bigint
