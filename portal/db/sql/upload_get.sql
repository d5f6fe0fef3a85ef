-- upload_get: one upload, with the structure made of its file if there is one; $1 upload
SELECT u.id, u.project_id, u.account_id, u.name, u.length_b, u.state, u.file_id, u.reason, u.created_at, u.expires_at,
       extract(epoch FROM u.expires_at)::bigint, u.expires_at <= now(),
       (SELECT s.id FROM structure s WHERE s.file_id = u.file_id), u.folder
  FROM upload u WHERE u.id = $1
