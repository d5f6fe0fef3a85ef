-- auth_token_used: at most one write a minute; $1 token id
UPDATE api_token SET last_used_at = now()
 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
