-- work_run_purge: the point of no return of a run in the trash, if it still may be deleted (see work_run_purge_todo); $1 run, $2 days in the trash
UPDATE run r SET purged_at = now()
  FROM project p
 WHERE r.id = $1 AND p.id = r.project_id AND r.trashed_at IS NOT NULL AND r.purged_at IS NULL
   AND (r.trashed_at <= p.trash_emptied_at OR r.trashed_at < now() - $2::bigint * interval '1 day')
   AND r.state IN ('finished', 'failed', 'cancelled')
   AND (r.lease_until IS NULL OR r.lease_until < now())
   AND NOT EXISTS (SELECT 1 FROM run_event e
                    WHERE e.run_id = r.id AND e.seq > r.folded_seq AND e.kind = 'requeue_request')
