-- account_get: one person with their storage; $1 account id
SELECT a.id, a.login, a.display_name, a.email, a.role, a.disabled_at, a.created_at, a.version, q.limit_b, q.used_b,
       q.reserved_b
  FROM account a
  LEFT JOIN quota q ON q.scope = 'account' AND q.id = a.id
 WHERE a.id = $1
