-- account_create: a person and their storage quota; $1 id, $2 login, $3 display name, $4 email or NULL, $5 role, $6 password hash, $7 quota in bytes
WITH a AS (
    INSERT INTO account (id, login, display_name, email, role, password_hash)
    VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING id
)
INSERT INTO quota (scope, id, limit_b) SELECT 'account', a.id, $7 FROM a
