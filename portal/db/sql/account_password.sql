-- account_password: a new password, which ends every session; $1 account id, $2 hash
UPDATE account SET password_hash = $2, session_epoch = session_epoch + 1, version = version + 1 WHERE id = $1
