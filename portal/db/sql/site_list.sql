-- site_list: places that run jobs
SELECT s.id, s.kind, s.title, s.enabled, s.facts, s.as_of, s.unreachable_since, s.problem,
       (SELECT count(DISTINCT m.name) FROM module m WHERE m.site_id = s.id),
       (SELECT count(*) FROM run r WHERE r.site_id = s.id AND r.state NOT IN ('finished', 'failed', 'cancelled'))
  FROM site s
 ORDER BY s.id
