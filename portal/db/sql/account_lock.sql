-- account_lock: holds a person's row, so that changes of what is theirs follow one another; $1 account
SELECT id FROM account WHERE id = $1 FOR UPDATE
