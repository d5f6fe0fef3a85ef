-- file_list: files of a project, newest first; $1 project, $2 after id or null, $3 rows, $4 name pattern or null, $5 this folder and those in it, or null for all
SELECT f.id, f.project_id, f.name, f.bytes, encode(f.sha256, 'hex'), f.created_by, a.login, f.created_at, f.trashed_at,
       f.version, s.id, s.state, f.folder
  FROM file f JOIN account a ON a.id = f.created_by LEFT JOIN structure s ON s.file_id = f.id
 WHERE f.project_id = $1 AND f.trashed_at IS NULL AND ($2::text IS NULL OR f.id < $2)
   AND ($4::text IS NULL OR f.name ILIKE $4)
   AND ($5::text IS NULL OR f.folder = $5 OR starts_with(f.folder, $5 || '/'))
 ORDER BY f.id DESC
 LIMIT $3::bigint
