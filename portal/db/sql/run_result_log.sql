-- run_result_log: path of a log the result lists, by the last part of its path; $1 run, $2 name
SELECT item ->> 'path'
  FROM run_result r, jsonb_array_elements(r.doc -> 'files') item
 WHERE r.run_id = $1 AND item ->> 'kind' = 'log' AND regexp_replace(item ->> 'path', '^.*/', '') = $2
 LIMIT 1
