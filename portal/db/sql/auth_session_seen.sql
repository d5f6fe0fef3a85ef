-- auth_session_seen: at most one write a minute; $1 session id
UPDATE session SET seen_at = now() WHERE id = $1 AND seen_at < now() - interval '1 minute'
