-- work_run_load: claimed runs with their open attempt; $1 worker, $2 ids as a json array
SELECT r.id, r.project_id, r.fence, r.state, r.attempt, r.site_job_id, r.cancel_requested, r.hold_requested, r.folded_seq,
       (extract(epoch FROM r.unknown_since) * 1000000)::bigint, (extract(epoch FROM r.started_at) * 1000000)::bigint,
       (extract(epoch FROM r.ended_at) * 1000000)::bigint, r.reason, extract(epoch FROM r.start_estimate)::bigint,
       a.key, (r.progress ->> 't')::float8,
       r.state = 'held' AND 'release_request' = (SELECT e.kind FROM run_event e WHERE e.run_id = r.id
                                                   AND e.kind IN ('hold_request', 'release_request') ORDER BY e.seq DESC LIMIT 1),
       r.event_seq
  FROM run r LEFT JOIN attempt a ON a.run_id = r.id AND a.no = r.attempt
 WHERE r.lease_owner = $1 AND r.id IN (SELECT jsonb_array_elements_text($2::jsonb))
 ORDER BY r.id
