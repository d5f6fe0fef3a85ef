-- auth_upload_role: project of a upload and the role of a person on it; $1 upload id, $2 account id
SELECT o.project_id, m.role
  FROM upload o
  LEFT JOIN project_member m ON m.project_id = o.project_id AND m.account_id = $2
 WHERE o.id = $1
