-- run_result_item: one named entry of a list in the result document; $1 run, $2 list (series, trajectories, structures, tables), $3 name
SELECT item, encode(r.sha256, 'hex')
  FROM run_result r, jsonb_array_elements(r.doc -> $2) item
 WHERE r.run_id = $1 AND item ->> 'name' = $3
 LIMIT 1
