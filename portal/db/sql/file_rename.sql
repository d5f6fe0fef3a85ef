-- file_rename: the user's name and folder of a file, NULL leaves as it is; $1 file, $2 expected version or 0, $3 name, $4 folder, $5 account
WITH old AS (SELECT id, name, folder FROM file WHERE id = $1 FOR UPDATE
), f AS (
    UPDATE file SET name = coalesce($3, file.name), folder = coalesce($4, file.folder), version = version + 1
      FROM old WHERE file.id = old.id AND ($2::bigint = 0 OR version = $2)
    RETURNING file.id, file.project_id, file.name, file.folder
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, object, name, data)
    SELECT f.project_id, $5, CASE WHEN f.folder = old.folder THEN 'file_renamed' ELSE 'file_moved' END, f.id, f.name,
           jsonb_build_object('from', CASE WHEN f.folder = old.folder THEN old.name ELSE old.folder END, 'folder', f.folder)
      FROM f, old WHERE f.name <> old.name OR f.folder <> old.folder
)
SELECT id FROM f
