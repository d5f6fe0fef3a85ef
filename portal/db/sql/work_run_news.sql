-- work_run_news: runs of this worker at a site whose events are not all folded; $1 worker, $2 site
SELECT id, event_seq FROM run
 WHERE lease_owner = $1 AND site_id = $2 AND event_seq <> folded_seq AND state NOT IN ('finished', 'failed', 'cancelled')
