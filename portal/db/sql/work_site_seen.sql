-- work_site_seen: the site answered; $1 site, $2 facts json or null
UPDATE site SET as_of = now(), unreachable_since = NULL, problem = NULL, facts = coalesce($2::jsonb, facts) WHERE id = $1
