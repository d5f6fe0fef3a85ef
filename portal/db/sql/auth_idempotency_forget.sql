-- auth_idempotency_forget: the request may be tried again; $1 account id, $2 key, $3 created_at from begin
DELETE FROM idempotency WHERE account_id = $1 AND key = $2 AND created_at = $3::timestamptz AND status IS NULL
