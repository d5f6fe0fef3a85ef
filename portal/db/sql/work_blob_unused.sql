-- work_blob_unused: content no file names any more; $1 at most
SELECT encode(b.sha256, 'hex') FROM blob b WHERE NOT EXISTS (SELECT 1 FROM file f WHERE f.sha256 = b.sha256) LIMIT $1::bigint
