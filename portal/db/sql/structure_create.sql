-- structure_create: asks for the inspection of a stored file; no row when there is none or it has a structure; $1 id, $2 project, $3 file, $4 account
WITH s AS (
    INSERT INTO structure (id, project_id, file_id, name, created_by)
    SELECT $1, f.project_id, f.id, f.name, $4 FROM file f
     WHERE f.id = $3 AND f.project_id = $2 AND f.trashed_at IS NULL AND f.sha256 IS NOT NULL
        ON CONFLICT (file_id) DO NOTHING
    RETURNING id
)
SELECT id, pg_notify('work', 'structure') FROM s
