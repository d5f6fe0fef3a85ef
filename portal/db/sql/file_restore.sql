-- file_restore: out of the trash; no row when it was not in it; $1 file, $2 account
WITH f AS (
    UPDATE file SET trashed_at = NULL, version = version + 1 WHERE id = $1 AND trashed_at IS NOT NULL
    RETURNING id, project_id, name
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, object, name)
    SELECT project_id, $2, 'file_restored', id, name FROM f
)
SELECT id FROM f
