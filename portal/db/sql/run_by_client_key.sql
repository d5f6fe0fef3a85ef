-- run_by_client_key: the run an earlier try of the same request made; $1 account, $2 client key
SELECT id FROM run WHERE account_id = $1 AND client_key = $2
