-- folder_move: moves a folder with all below it, what is in the trash as well; answers how many files; $1 project, $2 folder, $3 new folder ("" the top), $4 account
WITH f AS (
    UPDATE file SET folder = ltrim($3 || substr(folder, length($2) + 1), '/'), version = version + 1
     WHERE project_id = $1 AND (folder = $2 OR starts_with(folder, $2 || '/'))
    RETURNING trashed_at
), n AS (SELECT count(*) FILTER (WHERE trashed_at IS NULL) AS files, count(*) AS all_files FROM f
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, name, data)
    SELECT $1, $4, 'folder_moved', $2, jsonb_build_object('to', $3, 'files', files) FROM n WHERE all_files > 0
)
SELECT files FROM n WHERE all_files > 0
