-- auth_session_create: a session of somebody who may sign in; $1 SHA-256 of the secret, $2 account id, $3 session id, $4 csrf, $5 address, $6 user agent
INSERT INTO session (token_hash, account_id, id, csrf, epoch, address, user_agent)
SELECT $1, a.id, $3, $4, a.session_epoch, $5, $6
  FROM account a
 WHERE a.id = $2 AND a.disabled_at IS NULL
RETURNING (SELECT login FROM account WHERE id = $2), (SELECT role FROM account WHERE id = $2)
