-- run_quota: storage meters a new run draws on; $1 project, $2 account
SELECT scope, limit_b, used_b, reserved_b FROM quota
 WHERE (scope = 'project' AND id = $1) OR (scope = 'account' AND id = $2)
 ORDER BY scope DESC
