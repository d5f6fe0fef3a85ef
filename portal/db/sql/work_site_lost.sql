-- work_site_lost: the site does not answer; $1 site, $2 why
UPDATE site SET unreachable_since = coalesce(unreachable_since, now()), problem = $2 WHERE id = $1
