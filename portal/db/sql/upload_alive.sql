-- upload_alive: bytes still arrive, so its time starts anew; $1 upload, $2 unix seconds of the last byte, $3 lifetime in ms
UPDATE upload SET expires_at = to_timestamp($2::bigint) + $3::bigint * interval '1 ms' WHERE id = $1 AND state = 'open'
