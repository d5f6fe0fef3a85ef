-- work_run_estimate: a new start estimate, which is no event; $1 run, $2 fence, $3 unix s or 0
UPDATE run SET start_estimate = to_timestamp(nullif($3::bigint, 0)), as_of = now() WHERE id = $1 AND fence = $2::bigint
