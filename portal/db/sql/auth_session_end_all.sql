-- auth_session_end_all: ends every session of a person, also those another request is just making; $1 account id
WITH a AS (UPDATE account SET session_epoch = session_epoch + 1 WHERE id = $1 RETURNING id)
DELETE FROM session s USING a WHERE s.account_id = a.id
