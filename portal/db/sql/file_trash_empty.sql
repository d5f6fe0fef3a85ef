-- file_trash_empty: has everything in the trash of a project deleted by the workers; answers how many files, runs and bytes; $1 project, $2 account
WITH p AS (UPDATE project SET trash_emptied_at = now() WHERE id = $1 RETURNING id
), n AS (SELECT pg_notify('work', 'trash') FROM p
), f AS (
    SELECT count(f.id) AS n, coalesce(sum(f.bytes), 0) AS b
      FROM p LEFT JOIN file f ON f.project_id = p.id AND f.trashed_at IS NOT NULL
), r AS (
    SELECT count(r.id) AS n, coalesce(sum(r.kept_b), 0) AS b
      FROM p LEFT JOIN run r ON r.project_id = p.id AND r.trashed_at IS NOT NULL
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, data)
    SELECT p.id, $2, 'trash_emptied', jsonb_build_object('files', f.n, 'runs', r.n, 'bytes', f.b + r.b)
      FROM p, f, r WHERE f.n + r.n > 0
)
SELECT f.n, r.n, (f.b + r.b)::bigint FROM f, r, (SELECT count(*) FROM n) AS told
