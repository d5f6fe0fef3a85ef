-- account_quota: a person's storage limit; $1 account id, $2 bytes
UPDATE quota SET limit_b = $2 WHERE scope = 'account' AND id = $1
