-- member_put: adds a member or changes their role; $1 project, $2 account, $3 role, $4 who says so
WITH old AS (SELECT role FROM project_member WHERE project_id = $1 AND account_id = $2
), m AS (
    INSERT INTO project_member (project_id, account_id, role) VALUES ($1, $2, $3)
        ON CONFLICT (project_id, account_id) DO UPDATE SET role = excluded.role
    RETURNING account_id
)
INSERT INTO activity (project_id, account_id, kind, object, name, data)
SELECT $1, $4, CASE WHEN EXISTS (SELECT 1 FROM old) THEN 'member_changed' ELSE 'member_added' END, a.id, a.display_name,
       jsonb_build_object('role', $3::text)
  FROM m JOIN account a ON a.id = m.account_id
 WHERE NOT EXISTS (SELECT 1 FROM old WHERE old.role = $3)
