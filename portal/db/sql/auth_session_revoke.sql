-- auth_session_revoke: ends one session of a person; $1 session id, $2 account
DELETE FROM session WHERE id = $1 AND account_id = $2
