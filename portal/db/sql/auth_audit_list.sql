-- auth_audit_list: newest first; $1 id of the last one seen or NULL, $2 how many, $3 account or NULL, $4 object or NULL
SELECT u.id, u.at, u.account_id, a.login, u.route, u.object, u.address, u.request_id, u.data
  FROM audit u
  LEFT JOIN account a ON a.id = u.account_id
 WHERE u.id < coalesce($1, 9223372036854775807)
   AND ($3::text IS NULL OR u.account_id = $3)
   AND ($4::text IS NULL OR u.object = $4)
 ORDER BY u.id DESC
 LIMIT $2::bigint
