-- run_structure: the structure a run would use; $1 structure
SELECT s.project_id, s.state, s.format, s.facts, s.name, encode(f.sha256, 'hex'), f.bytes, f.trashed_at IS NOT NULL
  FROM structure s JOIN file f ON f.id = s.file_id
 WHERE s.id = $1
