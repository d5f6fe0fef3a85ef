-- folder_trash: puts a folder with all below it into the trash; answers how many files and bytes, and the time that names this deletion; $1 project, $2 folder, $3 account
WITH f AS (
    UPDATE file SET trashed_at = now(), version = version + 1
     WHERE project_id = $1 AND trashed_at IS NULL AND (folder = $2 OR starts_with(folder, $2 || '/'))
    RETURNING bytes
), n AS (SELECT count(*) AS files, coalesce(sum(bytes), 0)::bigint AS bytes FROM f
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, name, data)
    SELECT $1, $3, 'folder_trashed', $2, jsonb_build_object('files', files, 'bytes', bytes) FROM n WHERE files > 0
)
SELECT files, bytes, now() FROM n WHERE files > 0
