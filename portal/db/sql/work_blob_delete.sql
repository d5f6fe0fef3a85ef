-- work_blob_delete: forgets content no file names; its row stays locked until the transaction ends; $1 sha256 hex
DELETE FROM blob b WHERE b.sha256 = decode($1, 'hex') AND NOT EXISTS (SELECT 1 FROM file f WHERE f.sha256 = b.sha256)
