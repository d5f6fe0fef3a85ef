-- run_events_after: events of a run in order; $1 run, $2 after this event id, $3 rows, $4 progress events too
SELECT e.id, e.seq, e.kind, e.attempt, e.at, e.actor, a.login, e.data
  FROM run_event e LEFT JOIN account a ON a.id = e.actor
 WHERE e.run_id = $1 AND e.id > $2
   AND e.seq > coalesce((SELECT b.seq FROM run_event b WHERE b.id = $2 AND b.run_id = $1), 0)
   AND ($4 OR e.kind <> 'progress')
 ORDER BY e.seq LIMIT $3
