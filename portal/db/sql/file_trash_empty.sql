-- file_trash_empty: has everything in the trash of a project deleted by the workers; answers how many files, runs and bytes; $1 project
WITH p AS (UPDATE project SET trash_emptied_at = now() WHERE id = $1 RETURNING id), n AS (SELECT pg_notify('work', 'trash') FROM p)
SELECT f.n, r.n, (f.b + r.b)::bigint
  FROM (SELECT count(f.id) AS n, coalesce(sum(f.bytes), 0) AS b
          FROM p LEFT JOIN file f ON f.project_id = p.id AND f.trashed_at IS NOT NULL) f,
       (SELECT count(r.id) AS n, coalesce(sum(r.kept_b), 0) AS b
          FROM p LEFT JOIN run r ON r.project_id = p.id AND r.trashed_at IS NOT NULL) r,
       (SELECT count(*) FROM n) AS told
