-- work_run_purge_todo: runs whose time in the trash is over and whose job has ended for certain, or whose deletion was begun; $1 days in the trash, $2 at most
SELECT r.id, r.project_id, r.purged_at IS NOT NULL
  FROM run r JOIN project p ON p.id = r.project_id
 WHERE r.trashed_at IS NOT NULL
   AND (r.purged_at IS NOT NULL
        OR (r.trashed_at <= p.trash_emptied_at OR r.trashed_at < now() - $1::bigint * interval '1 day')
           AND r.state IN ('finished', 'failed', 'cancelled')
           AND (r.lease_until IS NULL OR r.lease_until < now())
           AND NOT EXISTS (SELECT 1 FROM run_event e
                            WHERE e.run_id = r.id AND e.seq > r.folded_seq AND e.kind = 'requeue_request'))
 ORDER BY r.purged_at, r.id
 LIMIT $2::bigint
