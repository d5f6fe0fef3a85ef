-- auth_token_valid: is this token still good; $1 token id
SELECT 1
  FROM api_token t
  JOIN account a ON a.id = t.account_id
 WHERE t.id = $1 AND t.revoked_at IS NULL AND t.expires_at > now() AND a.disabled_at IS NULL
