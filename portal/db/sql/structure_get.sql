-- structure_get: one structure, columns as structure_list; $1 structure
SELECT s.id, s.project_id, s.file_id, s.name, s.state, s.format, s.facts, s.findings, s.created_by, a.login,
       s.created_at, s.inspected_at, s.version, f.bytes, encode(f.sha256, 'hex')
  FROM structure s JOIN file f ON f.id = s.file_id JOIN account a ON a.id = s.created_by
 WHERE s.id = $1
