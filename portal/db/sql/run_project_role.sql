-- run_project_role: what a person may do in a project (no row: it does not exist); $1 project, $2 account
SELECT (SELECT m.role FROM project_member m WHERE m.project_id = p.id AND m.account_id = $2), p.archived_at IS NOT NULL
  FROM project p WHERE p.id = $1
