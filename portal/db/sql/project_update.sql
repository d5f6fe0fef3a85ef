-- project_update: what is null stays; a row when the version fits; $1 project, $2 expected version or 0, $3 name, $4 description, $5 archived, $6 account
WITH old AS (SELECT id, name, archived_at FROM project WHERE id = $1 FOR UPDATE
), p AS (
    UPDATE project
       SET name = coalesce($3, project.name), description = coalesce($4, description),
           archived_at = CASE WHEN $5::bool IS NULL THEN project.archived_at WHEN $5 THEN coalesce(project.archived_at, now()) END,
           version = version + 1
      FROM old
     WHERE project.id = old.id AND ($2::bigint = 0 OR version = $2)
    RETURNING project.id, project.name, project.archived_at
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, object, name, data)
    SELECT p.id, $6, CASE WHEN p.name <> old.name THEN 'project_renamed'
                          WHEN p.archived_at IS NOT NULL THEN 'project_archived' ELSE 'project_reopened' END,
           p.id, p.name, jsonb_build_object('from', old.name)
      FROM p, old
     WHERE p.name <> old.name OR (p.archived_at IS NULL) <> (old.archived_at IS NULL)
)
SELECT id FROM p
