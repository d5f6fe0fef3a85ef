-- work_upload_stored: makes the file of a stored upload and moves its quota from reserved to used; no row when it was done before; $1 upload, $2 file id, $3 sha256 hex
WITH u AS (
    UPDATE upload SET state = 'stored', file_id = $2 WHERE id = $1 AND state = 'complete'
    RETURNING project_id, account_id, name, folder, length_b
), f AS (
    INSERT INTO file (id, project_id, name, folder, bytes, sha256, created_by)
    SELECT $2, project_id, name, folder, length_b, decode($3, 'hex'), account_id FROM u
    RETURNING id
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, object, name, data)
    SELECT u.project_id, u.account_id, 'file_uploaded', f.id, u.name, jsonb_build_object('bytes', u.length_b) FROM u, f
)
SELECT quota_settle(u.project_id, u.account_id, u.length_b, u.length_b) FROM u, f
