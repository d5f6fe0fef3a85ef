-- run_timeline: the events of a run that changed something, oldest first; $1 run
SELECT e.id, e.seq, e.kind, e.attempt, e.at, e.actor, a.login, e.data
  FROM run_event e LEFT JOIN account a ON a.id = e.actor
 WHERE e.run_id = $1 AND e.kind <> 'progress'
 ORDER BY e.seq LIMIT 500
