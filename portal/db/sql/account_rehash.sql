-- account_rehash: same password, newer hash parameters; $1 account id, $2 new hash, $3 hash it replaces
UPDATE account SET password_hash = $2 WHERE id = $1 AND password_hash = $3
