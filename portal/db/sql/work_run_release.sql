-- work_run_release: gives a claim back; $1 run, $2 fence
UPDATE run SET lease_owner = NULL, lease_until = NULL WHERE id = $1 AND fence = $2::bigint
