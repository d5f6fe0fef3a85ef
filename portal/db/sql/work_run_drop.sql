-- work_run_drop: gives up the leases of a worker at once (it stopped, or died on this host); $1 worker
UPDATE run SET lease_owner = NULL, lease_until = NULL
 WHERE lease_owner = $1 AND state NOT IN ('finished', 'failed', 'cancelled')
