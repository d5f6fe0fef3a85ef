-- work_run_claim_asked: takes runs that nobody works on and of which people asked something; $1 worker, $2 site, $3 lease ms, $4 at most
WITH c AS (
    SELECT id FROM run
     WHERE site_id = $2 AND event_seq <> folded_seq AND (lease_until IS NULL OR lease_until < now())
       AND (folded_seq > 0 OR event_seq > 1)
     ORDER BY id LIMIT $4::bigint FOR UPDATE SKIP LOCKED
), u AS (
    UPDATE run SET lease_owner = $1, lease_until = now() + $3::bigint * interval '1 ms', fence = fence + 1
      FROM c WHERE run.id = c.id RETURNING run.id
)
SELECT id FROM u ORDER BY id
