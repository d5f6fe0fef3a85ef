-- work_run_spec: what a run was asked, with the content hash of its structure; $1 run
SELECT r.spec, encode(f.sha256, 'hex')
  FROM run r LEFT JOIN structure s ON s.id = r.structure_id LEFT JOIN file f ON f.id = s.file_id
 WHERE r.id = $1
