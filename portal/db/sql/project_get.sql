-- project_get: one project as a person sees it, columns as project_list; $1 project, $2 account
SELECT p.id, p.name, p.description, m.role, p.created_at, p.archived_at, p.version,
       q.limit_b, q.used_b, q.reserved_b,
       n.running, n.waiting, e.failed, e.finished
  FROM project p
  LEFT JOIN project_member m ON m.project_id = p.id AND m.account_id = $2
  LEFT JOIN quota q ON q.scope = 'project' AND q.id = p.id
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE r.state IN ('running', 'collecting')) AS running,
                            count(*) FILTER (WHERE r.state NOT IN ('running', 'collecting')) AS waiting
                       FROM run r
                      WHERE r.project_id = p.id AND r.trashed_at IS NULL
                        AND r.state NOT IN ('finished', 'failed', 'cancelled')) n ON true
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE r.state = 'failed') AS failed,
                            count(*) FILTER (WHERE r.state = 'finished') AS finished
                       FROM run r
                      WHERE r.project_id = p.id AND r.trashed_at IS NULL AND r.ended_at > now() - interval '7 days') e ON true
 WHERE p.id = $1
