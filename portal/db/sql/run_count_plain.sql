-- run_count_plain: as run_count without filters, from the index alone; $1 account (NULL: administrators, every project), $2 project or NULL, $3 count up to
SELECT count(*)
  FROM (SELECT 1
          FROM (SELECT p.id AS project_id FROM project p
                 WHERE ($2::text IS NULL OR p.id = $2)
                   AND ($1::text IS NULL
                        OR EXISTS (SELECT 1 FROM project_member pm WHERE pm.project_id = p.id AND pm.account_id = $1))) m
          JOIN run ON run.project_id = m.project_id AND run.trashed_at IS NULL
         LIMIT $3) n
