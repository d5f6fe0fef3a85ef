-- auth_session_end: signs out; $1 session id
DELETE FROM session WHERE id = $1
