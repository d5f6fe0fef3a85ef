-- work_run_claim: takes runs of a site that nobody holds, oldest first; $1 worker, $2 site, $3 lease ms, $4 at most, $5 true: queued ones, false: all others with something to do
WITH c AS (
    SELECT id FROM run
     WHERE site_id = $2 AND state NOT IN ('finished', 'failed', 'cancelled') AND (state = 'queued') = $5::bool
       AND next_try_at <= now() AND (lease_until IS NULL OR lease_until < now())
     ORDER BY id LIMIT $4::bigint FOR UPDATE SKIP LOCKED
), u AS (
    UPDATE run SET lease_owner = $1, lease_until = now() + $3::bigint * interval '1 ms', fence = fence + 1
      FROM c WHERE run.id = c.id RETURNING run.id
)
SELECT id FROM u ORDER BY id
