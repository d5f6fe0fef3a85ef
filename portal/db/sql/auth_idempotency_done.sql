-- auth_idempotency_done: keeps the answer, unless another request took the key over; $1 account id, $2 key, $3 created_at from begin, $4 HTTP code, $5 body, $6 location
UPDATE idempotency SET status = $4::int, body = $5, location = $6
 WHERE account_id = $1 AND key = $2 AND created_at = $3::timestamptz AND status IS NULL
