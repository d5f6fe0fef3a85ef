-- account_update: NULL leaves as it is, disabling ends the sessions; $1 account id, $2 version or 0 for any, $3 display name, $4 email ('' clears), $5 role, $6 disabled or NULL, $7 password hash
UPDATE account
   SET display_name = coalesce($3, display_name),
       email = CASE WHEN $4::text IS NULL THEN email ELSE nullif($4, '') END,
       role = coalesce($5, role),
       disabled_at = CASE WHEN $6::boolean IS NULL THEN disabled_at WHEN $6 THEN coalesce(disabled_at, now()) END,
       password_hash = coalesce($7, password_hash),
       session_epoch = session_epoch + CASE WHEN $7::text IS NOT NULL OR $6 THEN 1 ELSE 0 END,
       version = version + 1
 WHERE id = $1 AND ($2::bigint = 0 OR version = $2)
RETURNING version
