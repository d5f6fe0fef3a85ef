-- run_page_trashed: as run_page_filter, what is in the trash; $1 account (NULL: administrators, every project), $2 project or NULL, $3 before this run id or NULL, $4 rows, $5 state, $6 template, $7 by account, $8 name pattern, $9 after this run id, $10 structure (each NULL: any)
SELECT r.id, r.project_id, m.project_name, r.account_id, a.login, r.name, r.template, r.template_version, r.site_id, r.state, r.attempt,
       r.reason, r.created_at, r.started_at, r.ended_at, r.unknown_since, r.progress, r.failure ->> 'text', r.parent_id,
       r.cancel_requested, r.hold_requested, r.start_estimate, r.structure_id, r.trashed_at
  FROM (SELECT p.id AS project_id, p.name AS project_name
          FROM project p
         WHERE ($2::text IS NULL OR p.id = $2)
           AND ($1::text IS NULL OR EXISTS (SELECT 1 FROM project_member pm WHERE pm.project_id = p.id AND pm.account_id = $1))) m
 CROSS JOIN LATERAL (SELECT * FROM run
                      WHERE (run.project_id, run.id) < (m.project_id, coalesce($3, 'run~')) AND run.project_id >= m.project_id
                        AND CASE WHEN $9::text IS NULL THEN true ELSE run.id > $9 END
                        AND run.trashed_at IS NOT NULL AND run.purged_at IS NULL
                        AND ($5::text IS NULL OR run.state = ANY (string_to_array($5, ',')))
                        AND ($6::text IS NULL OR run.template = $6)
                        AND ($7::text IS NULL OR run.account_id = $7)
                        AND ($8::text IS NULL OR run.name ILIKE $8)
                        AND CASE WHEN $10::text IS NULL THEN true ELSE run.structure_id = $10 END
                      ORDER BY run.project_id DESC, run.id DESC LIMIT $4) r
  JOIN account a ON a.id = r.account_id
 ORDER BY r.id DESC LIMIT $4
