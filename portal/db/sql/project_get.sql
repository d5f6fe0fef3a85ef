-- project_get: one project as a person sees it, columns as project_list; $1 project, $2 account
SELECT p.id, p.name, p.description, m.role, p.created_at, p.archived_at, p.version,
       q.limit_b, q.used_b, q.reserved_b,
       (SELECT count(*) FROM run r WHERE r.project_id = p.id AND r.state NOT IN ('finished', 'failed', 'cancelled'))
  FROM project p
  LEFT JOIN project_member m ON m.project_id = p.id AND m.account_id = $2
  LEFT JOIN quota q ON q.scope = 'project' AND q.id = p.id
 WHERE p.id = $1
