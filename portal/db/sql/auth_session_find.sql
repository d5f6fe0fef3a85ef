-- auth_session_find: who a session belongs to, if it is still good; $1 SHA-256 of the secret, $2 idle limit in ms, $3 age limit in ms
SELECT s.id, s.account_id, a.login, a.role, s.csrf, s.seen_at < now() - interval '1 minute'
  FROM session s
  JOIN account a ON a.id = s.account_id
 WHERE s.token_hash = $1
   AND a.disabled_at IS NULL
   AND s.epoch = a.session_epoch
   AND s.seen_at > now() - $2::bigint * interval '1 ms'
   AND s.created_at > now() - $3::bigint * interval '1 ms'
