-- file_trash: into the trash; repeating it keeps the first time; a row when the version fits; $1 file, $2 expected version or 0, $3 account
WITH old AS (SELECT id, trashed_at FROM file WHERE id = $1 FOR UPDATE
), f AS (
    UPDATE file SET trashed_at = coalesce(file.trashed_at, now()), version = version + 1
      FROM old WHERE file.id = old.id AND ($2::bigint = 0 OR version = $2)
    RETURNING file.id, file.project_id, file.name
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, object, name)
    SELECT f.project_id, $3, 'file_trashed', f.id, f.name FROM f, old WHERE old.trashed_at IS NULL
)
SELECT id FROM f
