-- work_event_append: the events of what work_run_write has just written, under work_event_lock; $1 the same json array of notes
WITH e AS (
    INSERT INTO run_event (run_id, project_id, seq, kind, attempt, data)
    SELECT n.run, r.project_id, n.seq + 1, n.kind, n.attempt, n.data
      FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (run text, seq bigint, kind text, attempt int, data jsonb))
           WITH ORDINALITY AS n (run, seq, kind, attempt, data, place)
      JOIN run r ON r.id = n.run
     ORDER BY n.place
    RETURNING id
)
SELECT pg_notify('run_event', max(id)::text) FROM e
