-- work_duplicate_note: a second copy of an attempt, noted once; $1 key, $2 job id, $3 what became of it
SELECT run_event_append(a.run_id, NULL, 'duplicate', a.no, NULL, jsonb_build_object('site_job_id', $2::text, 'text', $3::text))
  FROM attempt a
 WHERE a.key = $1 AND a.site_job_id IS DISTINCT FROM $2::text
   AND NOT EXISTS (SELECT 1 FROM run_event e WHERE e.run_id = a.run_id AND e.kind = 'duplicate' AND e.data ->> 'site_job_id' = $2::text)
