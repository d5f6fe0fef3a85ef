-- file_zip: stored files of a project for an archive, by folder and name; $1 project, $2 this folder and those in it or null, $3 these files (array) or null, $4 rows
SELECT f.id, f.folder, f.name, encode(f.sha256, 'hex'), f.bytes, extract(epoch FROM f.created_at)::bigint
  FROM file f
 WHERE f.project_id = $1 AND f.trashed_at IS NULL AND f.sha256 IS NOT NULL
   AND ($2::text IS NULL OR f.folder = $2 OR starts_with(f.folder, $2 || '/'))
   AND ($3::text[] IS NULL OR f.id = ANY ($3::text[]))
 ORDER BY f.folder, f.name COLLATE "C", f.id
 LIMIT $4::bigint
