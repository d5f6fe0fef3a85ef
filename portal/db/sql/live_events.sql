-- live_events: events of all runs in order with the state their run is in now and the topics of the people who may see it; $1 after this id, $2 rows
SELECT e.id, e.run_id, e.project_id, e.kind, e.attempt, e.at, r.state, r.name, r.reason, e.data, r.progress, r.unknown_since,
       (SELECT string_agg('user:' || m.account_id, ' ') FROM project_member m WHERE m.project_id = e.project_id)
  FROM run_event e JOIN run r ON r.id = e.run_id
 WHERE e.id > $1 ORDER BY e.id LIMIT $2
