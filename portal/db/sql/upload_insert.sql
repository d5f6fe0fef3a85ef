-- upload_insert: a new upload; $1 id, $2 project, $3 account, $4 name, $5 length, $6 expected sha256 or null, $7 lifetime in ms, $8 folder
INSERT INTO upload (id, project_id, account_id, name, length_b, want_sha256, expires_at, folder)
VALUES ($1, $2, $3, $4, $5::bigint, $6::bytea, now() + $7::bigint * interval '1 ms', $8)
