-- work_run_drop: gives up the leases of a worker at once (it stops, or died on this host); $1 worker, $2 site or null for all
UPDATE run SET lease_owner = NULL, lease_until = NULL
 WHERE lease_owner = $1 AND ($2::text IS NULL OR site_id = $2::text)
