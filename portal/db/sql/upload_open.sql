-- upload_open: unfinished uploads and when they expire (unix seconds), for the sweep; $1 after id or null, $2 rows
SELECT id, length_b, extract(epoch FROM expires_at)::bigint FROM upload
 WHERE state = 'open' AND ($1::text IS NULL OR id > $1)
 ORDER BY id
 LIMIT $2::bigint
