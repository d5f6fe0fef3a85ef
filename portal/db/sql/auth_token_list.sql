-- auth_token_list: tokens of a person, newest first; $1 account id, $2 id of the last one seen or NULL, $3 how many
SELECT id, name, array_to_json(scopes), project_id, created_at, expires_at, revoked_at, last_used_at
  FROM api_token
 WHERE account_id = $1 AND id < coalesce($2, 'tok~') COLLATE "C"
 ORDER BY id DESC
 LIMIT $3::bigint
