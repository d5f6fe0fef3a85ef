-- run_page: newest runs of the projects a person is in (the hot path); $1 account, $2 project or NULL, $3 before this run id or NULL, $4 rows
SELECT r.id, r.project_id, t.project_name, r.account_id, a.login, r.name, r.template, r.template_version, r.site_id, r.state, r.attempt,
       r.reason, r.created_at, r.started_at, r.ended_at, r.unknown_since, r.progress, r.failure ->> 'text', r.parent_id,
       r.cancel_requested, r.hold_requested, r.start_estimate, r.structure_id, r.trashed_at
  FROM (SELECT k.id, m.project_name
          FROM (SELECT pm.project_id, p.name AS project_name
                  FROM project_member pm JOIN project p ON p.id = pm.project_id
                 WHERE pm.account_id = $1 AND ($2::text IS NULL OR pm.project_id = $2)) m
         CROSS JOIN LATERAL (SELECT run.id FROM run
                              WHERE (run.project_id, run.id) < (m.project_id, coalesce($3, 'run~')) AND run.project_id >= m.project_id
                                AND run.trashed_at IS NULL
                              ORDER BY run.project_id DESC, run.id DESC LIMIT $4) k
         ORDER BY k.id DESC LIMIT $4) t
  JOIN run r ON r.id = t.id
  JOIN account a ON a.id = r.account_id
 ORDER BY r.id DESC
