-- auth_session_valid: is this session still good; $1 session id, $2 idle limit in ms, $3 age limit in ms
SELECT 1
  FROM session s
  JOIN account a ON a.id = s.account_id
 WHERE s.id = $1
   AND a.disabled_at IS NULL
   AND s.epoch = a.session_epoch
   AND s.seen_at > now() - $2::bigint * interval '1 ms'
   AND s.created_at > now() - $3::bigint * interval '1 ms'
