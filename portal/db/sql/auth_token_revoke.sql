-- auth_token_revoke: $1 token id, $2 account it must belong to, or NULL for any
UPDATE api_token SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 AND ($2::text IS NULL OR account_id = $2)
