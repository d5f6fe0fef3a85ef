-- project_list: a person's projects, newest first; $1 account, $2 after id or null, $3 rows, $4 every project (administrators), $5 archived ones, $6 only this project or null
SELECT p.id, p.name, p.description, m.role, p.created_at, p.archived_at, p.version,
       q.limit_b, q.used_b, q.reserved_b,
       n.running, n.waiting, e.failed, e.finished
  FROM project p
  LEFT JOIN project_member m ON m.project_id = p.id AND m.account_id = $1
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
 WHERE (m.account_id IS NOT NULL OR $4::bool)
   AND (p.archived_at IS NOT NULL) = $5::bool
   AND ($6::text IS NULL OR p.id = $6)
   AND ($2::text IS NULL OR p.id < $2)
 ORDER BY p.id DESC
 LIMIT $3::bigint
