-- run_fold: the stored fold of a run's events and how many events there are; $1 run
SELECT state, attempt, site_job_id, cancel_requested, hold_requested, unknown_since IS NOT NULL, started_at IS NOT NULL,
       ended_at IS NOT NULL, event_seq, folded_seq, trashed_at IS NOT NULL
  FROM run WHERE id = $1 AND purged_at IS NULL
