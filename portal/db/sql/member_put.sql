-- member_put: adds a member or changes their role; $1 project, $2 account, $3 role
INSERT INTO project_member (project_id, account_id, role) VALUES ($1, $2, $3)
    ON CONFLICT (project_id, account_id) DO UPDATE SET role = excluded.role
