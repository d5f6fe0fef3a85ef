-- work_history_trim: forgets audit and activity older than this; $1 days
SELECT history_trim($1::int)
