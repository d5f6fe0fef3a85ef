-- live_replay: what a stream missed, without progress; $1 after this id, $2 projects (array), $3 runs (array), $4 rows, $5 all projects of this person (NULL: nobody)
SELECT e.id, e.run_id, e.project_id, e.kind, e.attempt, e.at, r.state, r.name, r.reason, e.data, r.progress, r.unknown_since
  FROM run_event e JOIN run r ON r.id = e.run_id
 WHERE e.id > $1 AND e.kind <> 'progress' AND (e.project_id = ANY ($2::text[]) OR e.run_id = ANY ($3::text[])
        OR e.project_id IN (SELECT m.project_id FROM project_member m WHERE m.account_id = $5))
 ORDER BY e.id LIMIT $4
