-- auth_project_role: role of a person on a project; $1 project id, $2 account id
SELECT p.id, m.role
  FROM project p
  LEFT JOIN project_member m ON m.project_id = p.id AND m.account_id = $2
 WHERE p.id = $1
