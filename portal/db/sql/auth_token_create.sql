-- auth_token_create: $1 token id, $2 account id, $3 name, $4 SHA-256 of the secret, $5 scopes as an array, $6 project id or NULL, $7 seconds it is good for
INSERT INTO api_token (id, account_id, name, token_hash, scopes, project_id, expires_at)
VALUES ($1, $2, $3, $4, $5::text[], $6, now() + $7::bigint * interval '1 s')
RETURNING created_at, expires_at
