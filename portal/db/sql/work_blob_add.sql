-- work_blob_add: content that is in the store now; $1 sha256 hex, $2 bytes
INSERT INTO blob (sha256, bytes) VALUES (decode($1, 'hex'), $2::bigint) ON CONFLICT DO NOTHING
