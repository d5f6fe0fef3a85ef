-- ops_runs: runs by state
SELECT state, count(*) FROM run GROUP BY state
