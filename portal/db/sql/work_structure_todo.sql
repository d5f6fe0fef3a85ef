-- work_structure_todo: structures to inspect whose file is stored
SELECT s.id, f.name, encode(f.sha256, 'hex'), f.bytes
  FROM structure s JOIN file f ON f.id = s.file_id
 WHERE s.state = 'inspecting' AND f.sha256 IS NOT NULL
 ORDER BY f.bytes, s.id LIMIT 20
