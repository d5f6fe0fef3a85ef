-- project_create: a project with its first lead and its storage limit; $1 id, $2 name, $3 description, $4 creator, $5 limit in bytes
WITH p AS (
    INSERT INTO project (id, name, description, created_by) VALUES ($1, $2, $3, $4) RETURNING id
), m AS (
    INSERT INTO project_member (project_id, account_id, role) SELECT id, $4, 'lead' FROM p
), noted AS (
    INSERT INTO activity (project_id, account_id, kind, object, name) SELECT id, $4, 'project_created', id, $2 FROM p
)
INSERT INTO quota (scope, id, limit_b) SELECT 'project', id, $5::bigint FROM p
