-- structure_list: structures of a project whose file is not in the trash, newest first; $1 project, $2 after id or null, $3 rows
SELECT s.id, s.project_id, s.file_id, s.name, s.state, s.format, s.facts, s.findings, s.created_by, a.login,
       s.created_at, s.inspected_at, s.version, f.bytes, encode(f.sha256, 'hex')
  FROM structure s JOIN file f ON f.id = s.file_id AND f.trashed_at IS NULL JOIN account a ON a.id = s.created_by
 WHERE s.project_id = $1 AND ($2::text IS NULL OR s.id < $2)
 ORDER BY s.id DESC
 LIMIT $3::bigint
