-- work_attempt_usage: what the earlier attempts of a run used; $1 run, $2 attempt
SELECT coalesce(sum((manifest ->> 'elapsed_s')::float8), 0), coalesce(sum((manifest ->> 'user_cpu_s')::float8), 0),
       coalesce(sum((manifest ->> 'system_cpu_s')::float8), 0), coalesce(max((manifest ->> 'max_rss_kb')::float8), 0)
  FROM attempt WHERE run_id = $1 AND no < $2::int AND manifest IS NOT NULL
