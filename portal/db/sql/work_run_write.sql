-- work_run_write: the fold of a run after an event, by its present owner alone; $1 run, $2 fence, $3 worker, $4 state, $5 attempt, $6 job id, $7 cancel requested, $8 hold requested, $9 folded seq, $10 reason, $11 start estimate s, $12 unknown since us, $13 started us, $14 ended us, $15 progress, $16 summary, $17 failure, $18 usage
UPDATE run SET state = $4::text, attempt = $5::int, site_job_id = $6, cancel_requested = $7::bool, hold_requested = $8::bool,
       folded_seq = $9::bigint, reason = $10, start_estimate = to_timestamp(nullif($11::bigint, 0)),
       unknown_since = to_timestamp(nullif($12::bigint, 0) / 1e6), started_at = to_timestamp(nullif($13::bigint, 0) / 1e6),
       ended_at = to_timestamp(nullif($14::bigint, 0) / 1e6),
       progress = coalesce($15::jsonb, progress) || CASE WHEN $4 = 'finished' THEN '{"fraction": 1}'::jsonb ELSE '{}'::jsonb END, summary = coalesce($16::jsonb, summary),
       failure = CASE WHEN $4::text = 'failed' THEN coalesce($17::jsonb, failure) END,
       usage = coalesce($18::jsonb, usage), as_of = now(),
       lease_owner = CASE WHEN $4::text IN ('finished', 'failed', 'cancelled') THEN NULL ELSE lease_owner END,
       lease_until = CASE WHEN $4::text IN ('finished', 'failed', 'cancelled') THEN NULL ELSE lease_until END
 WHERE id = $1 AND fence = $2::bigint AND lease_owner = $3
