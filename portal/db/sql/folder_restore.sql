-- folder_restore: takes back one deletion of a folder; answers how many files; $1 project, $2 folder, $3 time of the deletion, $4 account
WITH f AS (
    UPDATE file SET trashed_at = NULL, version = version + 1
     WHERE project_id = $1 AND trashed_at = $3::timestamptz AND (folder = $2 OR starts_with(folder, $2 || '/'))
    RETURNING id
), n AS (SELECT count(*) AS files FROM f
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, name, data)
    SELECT $1, $4, 'folder_restored', $2, jsonb_build_object('files', files) FROM n WHERE files > 0
)
SELECT files FROM n WHERE files > 0
