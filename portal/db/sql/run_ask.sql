-- run_ask: appends what a person asks of a run; $1 run, $2 the event number folded from or NULL, $3 kind, $4 attempt, $5 account, $6 data json
SELECT run_event_append($1, $2, $3, $4::int, $5, $6::jsonb)
