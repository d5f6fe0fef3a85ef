-- auth_idempotency_get: what was answered to this key; $1 account id, $2 key
SELECT route, body_hash, status, body, location FROM idempotency WHERE account_id = $1 AND key = $2
