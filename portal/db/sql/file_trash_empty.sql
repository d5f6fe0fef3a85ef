-- file_trash_empty: has everything in the trash of a project deleted by the workers; answers how many files and bytes; $1 project
WITH p AS (UPDATE project SET trash_emptied_at = now() WHERE id = $1 RETURNING id), n AS (SELECT pg_notify('work', 'trash') FROM p)
SELECT count(f.id), coalesce(sum(f.bytes), 0)::bigint
  FROM p JOIN file f ON f.project_id = p.id AND f.trashed_at IS NOT NULL, (SELECT count(*) FROM n) AS told
