-- auth_token_find: who a token belongs to, if it is still good; $1 SHA-256 of the secret
SELECT t.id, t.account_id, a.login, a.role, array_to_string(t.scopes, ' '), t.project_id,
       t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute'
  FROM api_token t
  JOIN account a ON a.id = t.account_id
 WHERE t.token_hash = $1
   AND t.revoked_at IS NULL
   AND t.expires_at > now()
   AND a.disabled_at IS NULL
