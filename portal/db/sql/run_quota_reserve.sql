-- run_quota_reserve: reserves a run's disk space or fails with AT001/AT002; $1 project, $2 account, $3 bytes
SELECT quota_reserve($1, $2, $3)
