-- preference_list: what a person set up; $1 account
SELECT key, value, changed_at FROM account_preference WHERE account_id = $1 ORDER BY key
