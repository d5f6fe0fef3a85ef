-- work_run_later: gives a queued run back for a while; $1 run, $2 fence, $3 ms, $4 why it waits
UPDATE run SET lease_owner = NULL, lease_until = NULL, next_try_at = now() + $3::bigint * interval '1 ms', reason = $4
 WHERE id = $1 AND fence = $2::bigint
