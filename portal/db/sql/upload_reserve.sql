-- upload_reserve: sets storage aside or raises AT001/AT002; $1 project, $2 account, $3 bytes
SELECT quota_reserve($1, $2, $3::bigint)
