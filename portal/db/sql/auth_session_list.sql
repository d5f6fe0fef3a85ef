-- auth_session_list: the good sessions of a person, newest first; $1 account id, $2 idle limit in ms, $3 age limit in ms
SELECT s.id, s.created_at, s.seen_at, s.address, s.user_agent
  FROM session s
  JOIN account a ON a.id = s.account_id
 WHERE s.account_id = $1
   AND s.epoch = a.session_epoch
   AND s.seen_at > now() - $2::bigint * interval '1 ms'
   AND s.created_at > now() - $3::bigint * interval '1 ms'
 ORDER BY s.id DESC
 LIMIT 500
