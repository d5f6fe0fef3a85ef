-- file_list_trashed: the trash of a project, newest file first, columns as file_list; $1 project, $2 after id or null, $3 rows
SELECT f.id, f.project_id, f.name, f.bytes, encode(f.sha256, 'hex'), f.created_by, a.login, f.created_at, f.trashed_at,
       f.version, s.id, s.state
  FROM file f JOIN account a ON a.id = f.created_by LEFT JOIN structure s ON s.file_id = f.id
 WHERE f.project_id = $1 AND f.trashed_at IS NOT NULL AND ($2::text IS NULL OR f.id < $2)
 ORDER BY f.id DESC
 LIMIT $3::bigint
