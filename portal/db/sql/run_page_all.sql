-- run_page_all: newest runs of every project, for administrators; $1 project or NULL, $2 before this run id or NULL, $3 rows, $4 state, $5 template, $6 by account, $7 name pattern, $8 after this run id, $9 structure (each NULL: any)
SELECT r.id, r.project_id, p.name, r.account_id, a.login, r.name, r.template, r.template_version, r.site_id, r.state, r.attempt,
       r.reason, r.created_at, r.started_at, r.ended_at, r.unknown_since, r.progress, r.failure ->> 'text', r.parent_id,
       r.cancel_requested, r.hold_requested, r.start_estimate, r.structure_id, r.trashed_at
  FROM ((SELECT * FROM run
          WHERE $1::text IS NULL AND run.id < coalesce($2, 'run~') COLLATE "C" AND run.id > coalesce($8, '') COLLATE "C"
            AND run.trashed_at IS NULL
            AND ($4::text IS NULL OR run.state = ANY (string_to_array($4, ',')))
            AND ($5::text IS NULL OR run.template = $5)
            AND ($6::text IS NULL OR run.account_id = $6)
            AND ($7::text IS NULL OR run.name ILIKE $7)
            AND CASE WHEN $9::text IS NULL THEN true ELSE run.structure_id = $9 END
          ORDER BY run.id DESC LIMIT $3)
         UNION ALL
        (SELECT * FROM run
          WHERE $1::text IS NOT NULL AND (run.project_id, run.id) < ($1, coalesce($2, 'run~')) AND run.project_id >= $1
            AND CASE WHEN $8::text IS NULL THEN true ELSE run.id > $8 END AND run.trashed_at IS NULL
            AND ($4::text IS NULL OR run.state = ANY (string_to_array($4, ',')))
            AND ($5::text IS NULL OR run.template = $5)
            AND ($6::text IS NULL OR run.account_id = $6)
            AND ($7::text IS NULL OR run.name ILIKE $7)
            AND CASE WHEN $9::text IS NULL THEN true ELSE run.structure_id = $9 END
          ORDER BY run.project_id DESC, run.id DESC LIMIT $3)) r
  JOIN project p ON p.id = r.project_id
  JOIN account a ON a.id = r.account_id
 ORDER BY r.id DESC
