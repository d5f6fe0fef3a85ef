-- auth_run_role: project of a run and the role of a person on it; $1 run id, $2 account id
SELECT o.project_id, m.role
  FROM run o
  LEFT JOIN project_member m ON m.project_id = o.project_id AND m.account_id = $2
 WHERE o.id = $1 AND o.purged_at IS NULL
