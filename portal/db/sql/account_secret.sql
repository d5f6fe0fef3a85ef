-- account_secret: what sign-in compares; $1 login, or NULL and $2 account id
SELECT id, login, role, password_hash, disabled_at IS NOT NULL, session_epoch
  FROM account
 WHERE login = $1 OR id = $2
