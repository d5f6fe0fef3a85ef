-- run_count: how many runs a list has, counted up to a number; $1 account (NULL: administrators, every project), $2 project or NULL, $3 before this run id or NULL, $4 count up to, $5 state, $6 template, $7 by account, $8 name pattern, $9 after this run id, $10 structure (each NULL: any), $11 in the trash
SELECT count(*)
  FROM ((SELECT 1
          FROM (SELECT p.id AS project_id FROM project p
                 WHERE ($2::text IS NULL OR p.id = $2)
                   AND ($1::text IS NULL
                        OR EXISTS (SELECT 1 FROM project_member pm WHERE pm.project_id = p.id AND pm.account_id = $1))) m
                 CROSS JOIN LATERAL (SELECT 1 FROM run
                                      WHERE (run.project_id, run.id) > (m.project_id, coalesce($9, ''))
                                        AND (run.project_id, run.id) < (m.project_id, coalesce($3, 'run~'))
                                        AND ($5::text IS NULL OR run.state = ANY (string_to_array($5, ',')))
                                        AND ($6::text IS NULL OR run.template = $6)
                                        AND ($7::text IS NULL OR run.account_id = $7)
                                        AND ($8::text IS NULL OR run.name ILIKE $8)
                                        AND CASE WHEN $10::text IS NULL THEN true ELSE run.structure_id = $10 END
                                        AND run.trashed_at IS NULL) r
         WHERE NOT $11::bool LIMIT $4)
         UNION ALL
        (SELECT 1
          FROM (SELECT p.id AS project_id FROM project p
                 WHERE ($2::text IS NULL OR p.id = $2)
                   AND ($1::text IS NULL
                        OR EXISTS (SELECT 1 FROM project_member pm WHERE pm.project_id = p.id AND pm.account_id = $1))) m
                 CROSS JOIN LATERAL (SELECT 1 FROM run
                                      WHERE (run.project_id, run.id) > (m.project_id, coalesce($9, ''))
                                        AND (run.project_id, run.id) < (m.project_id, coalesce($3, 'run~'))
                                        AND ($5::text IS NULL OR run.state = ANY (string_to_array($5, ',')))
                                        AND ($6::text IS NULL OR run.template = $6)
                                        AND ($7::text IS NULL OR run.account_id = $7)
                                        AND ($8::text IS NULL OR run.name ILIKE $8)
                                        AND CASE WHEN $10::text IS NULL THEN true ELSE run.structure_id = $10 END
                                        AND run.trashed_at IS NOT NULL AND run.purged_at IS NULL) r
         WHERE $11::bool LIMIT $4)) n
