-- work_structure_add: a structure to inspect, from a file whose name says so; $1 id, $2 file
WITH s AS (
    INSERT INTO structure (id, project_id, file_id, name, created_by)
    SELECT $1, project_id, id, name, created_by FROM file WHERE id = $2
    ON CONFLICT (file_id) DO NOTHING
    RETURNING id
)
SELECT id, pg_notify('work', 'structure') FROM s
