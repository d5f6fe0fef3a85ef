-- work_run_write: the folds of runs, each after one more event or (no kind) after what people asked, by their present owner alone, and what the event says of the attempt; gives how many were written and how many are still the owner's; $1 worker, $2 json array of notes (workers/run.c)
WITH n AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS n (
        run text, fence bigint, seq bigint, kind text, state text, attempt int, key text, job text, cancel bool, hold bool, reason text,
        estimate bigint, unknown bigint, started bigint, ended bigint, progress jsonb, summary jsonb, failure jsonb, usage jsonb)
), u AS (
    UPDATE run AS r
       SET state = n.state, attempt = n.attempt, site_job_id = n.job, cancel_requested = n.cancel, hold_requested = n.hold,
           event_seq = r.event_seq + (n.kind IS NOT NULL)::int, folded_seq = n.seq + (n.kind IS NOT NULL)::int,
           reason = n.reason, start_estimate = to_timestamp(nullif(n.estimate, 0)),
           unknown_since = to_timestamp(nullif(n.unknown, 0) / 1e6), started_at = to_timestamp(nullif(n.started, 0) / 1e6),
           ended_at = to_timestamp(nullif(n.ended, 0) / 1e6),
           progress = coalesce(n.progress, r.progress) || CASE WHEN n.state = 'finished' THEN '{"fraction": 1}'::jsonb ELSE '{}'::jsonb END,
           summary = coalesce(n.summary, r.summary),
           failure = CASE WHEN n.state = 'failed' THEN coalesce(n.failure, r.failure) END,
           usage = coalesce(n.usage, r.usage), as_of = now(),
           lease_owner = CASE WHEN n.state NOT IN ('finished', 'failed', 'cancelled') THEN r.lease_owner END,
           lease_until = CASE WHEN n.state NOT IN ('finished', 'failed', 'cancelled') THEN r.lease_until END
      FROM n
     WHERE r.id = n.run AND r.fence = n.fence AND r.lease_owner = $1 AND (n.kind IS NULL OR r.event_seq = n.seq)
    RETURNING r.id, r.site_id
), intent AS (
    INSERT INTO attempt (run_id, no, key, site_id, sent_at)
    SELECT n.run, n.attempt, n.key, u.site_id, now() FROM n JOIN u ON u.id = n.run WHERE n.kind = 'intent'
), answer AS (
    UPDATE attempt AS a SET site_job_id = n.job, submitted_at = coalesce(a.submitted_at, now())
      FROM n JOIN u ON u.id = n.run
     WHERE a.run_id = n.run AND a.no = n.attempt AND n.kind IN ('submitted', 'adopted')
)
SELECT (SELECT count(*) FROM u), (SELECT count(*) FROM n JOIN run r ON r.id = n.run AND r.fence = n.fence AND r.lease_owner = $1)
