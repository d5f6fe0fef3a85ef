-- run_get: one run with everything its page shows; $1 run
SELECT r.id, r.project_id, p.name, r.account_id, a.login, a.display_name, r.name, r.template, r.template_version, r.structure_id,
       s.name, r.site_id, si.title, r.spec, r.parent_id, pr.name, r.parent_diff, r.state, r.attempt, r.site_job_id,
       r.reason, r.start_estimate, r.unknown_since, r.as_of, r.progress, r.summary,
       r.failure, r.usage, r.created_at, r.started_at, r.ended_at, r.version, si.unreachable_since, si.as_of,
       EXISTS (SELECT 1 FROM run_result x WHERE x.run_id = r.id), (r.spec #>> '{estimate,wall_s}')::float8,
       extract(epoch FROM r.ended_at - r.started_at)::float8, (extract(epoch FROM r.start_estimate) * 1000000)::bigint,
       r.trashed_at, extract(epoch FROM coalesce(r.ended_at, now()) - r.started_at)::float8,
       r.spec -> 'resources', r.spec -> 'estimate', q.ahead, q.waiting
  FROM run r
  JOIN project p ON p.id = r.project_id
  JOIN account a ON a.id = r.account_id
  JOIN site si ON si.id = r.site_id
  LEFT JOIN structure s ON s.id = r.structure_id
  LEFT JOIN run pr ON pr.id = r.parent_id AND pr.purged_at IS NULL
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE o.id < r.id) AS ahead, count(*) AS waiting
                       FROM run o
                      WHERE o.site_id = r.site_id AND o.state IN ('queued', 'submitting', 'pending')
                        AND o.state NOT IN ('finished', 'failed', 'cancelled')) q
    ON r.state IN ('queued', 'submitting', 'pending')
 WHERE r.id = $1 AND r.purged_at IS NULL
