-- preference_delete: forgets one value; $1 account, $2 key
DELETE FROM account_preference WHERE account_id = $1 AND key = $2
