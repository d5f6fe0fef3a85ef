-- auth_idempotency_begin: takes a key, also one whose first request died over a minute ago; no row when it is taken; $1 account id, $2 key, $3 route, $4 SHA-256 of path and body
INSERT INTO idempotency AS i (account_id, key, route, body_hash)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id, key) DO UPDATE
   SET created_at = now()
 WHERE i.status IS NULL AND i.created_at < now() - interval '60 s' AND i.route = excluded.route
   AND i.body_hash = excluded.body_hash
RETURNING created_at
