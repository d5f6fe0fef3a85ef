-- work_run_renew: keeps the leases of this worker at a site; $1 worker, $2 site, $3 lease ms
UPDATE run SET lease_until = now() + $3::bigint * interval '1 ms'
 WHERE lease_owner = $1 AND site_id = $2 AND state NOT IN ('finished', 'failed', 'cancelled')
