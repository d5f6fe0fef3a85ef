-- project_update: what is null stays; $1 project, $2 expected version or 0, $3 name, $4 description, $5 archived
UPDATE project
   SET name = coalesce($3, name), description = coalesce($4, description),
       archived_at = CASE WHEN $5::bool IS NULL THEN archived_at WHEN $5 THEN coalesce(archived_at, now()) END,
       version = version + 1
 WHERE id = $1 AND ($2::bigint = 0 OR version = $2)
