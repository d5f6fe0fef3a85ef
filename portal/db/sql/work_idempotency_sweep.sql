-- work_idempotency_sweep: forgets remembered answers after a day, and requests that never ended after ten minutes
DELETE FROM idempotency WHERE created_at < now() - interval '1 day' OR (status IS NULL AND created_at < now() - interval '10 minutes')
