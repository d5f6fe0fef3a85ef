-- account_list: people, newest first; $1 id of the last one seen or NULL, $2 how many
SELECT a.id, a.login, a.display_name, a.email, a.role, a.disabled_at, a.created_at, a.version, q.limit_b, q.used_b,
       q.reserved_b
  FROM account a
  LEFT JOIN quota q ON q.scope = 'account' AND q.id = a.id
 WHERE a.id < coalesce($1, 'usr~') COLLATE "C"
 ORDER BY a.id DESC
 LIMIT $2::bigint
