-- preference_put: sets one value; no row when there are as many as allowed already; run in a transaction that holds account_lock; $1 account, $2 key, $3 value, $4 at most this many
INSERT INTO account_preference (account_id, key, value)
SELECT $1, $2, $3::jsonb
 WHERE (SELECT count(*) FROM account_preference WHERE account_id = $1 AND key <> $2) < $4::bigint
    ON CONFLICT (account_id, key) DO UPDATE SET value = excluded.value, changed_at = now()
RETURNING key
