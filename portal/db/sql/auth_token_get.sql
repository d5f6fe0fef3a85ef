-- auth_token_get: one token; $1 token id, $2 account it belongs to
SELECT id, name, array_to_json(scopes), project_id, created_at, expires_at, revoked_at, last_used_at
  FROM api_token
 WHERE id = $1 AND account_id = $2
