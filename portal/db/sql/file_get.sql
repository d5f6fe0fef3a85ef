-- file_get: one file, columns as file_list; $1 file
SELECT f.id, f.project_id, f.name, f.bytes, encode(f.sha256, 'hex'), f.created_by, a.login, f.created_at, f.trashed_at,
       f.version, s.id, s.state, f.folder
  FROM file f JOIN account a ON a.id = f.created_by LEFT JOIN structure s ON s.file_id = f.id
 WHERE f.id = $1
