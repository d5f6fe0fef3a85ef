-- member_list: who belongs to a project; $1 project, $2 after account or null, $3 rows
SELECT m.account_id, a.login, a.display_name, m.role, m.added_at, a.disabled_at IS NOT NULL
  FROM project_member m JOIN account a ON a.id = m.account_id
 WHERE m.project_id = $1 AND ($2::text IS NULL OR m.account_id < $2)
 ORDER BY m.account_id DESC
 LIMIT $3::bigint
