-- auth_sweep: removes what no longer means anything; $1 idle limit of sessions in ms, $2 age limit in ms
WITH keys AS (DELETE FROM idempotency WHERE created_at < now() - interval '1 day' RETURNING 1),
     ended AS (DELETE FROM session
                WHERE seen_at < now() - $1::bigint * interval '1 ms'
                   OR created_at < now() - $2::bigint * interval '1 ms' RETURNING 1),
     quiet AS (DELETE FROM login_throttle
                WHERE last_at < now() - interval '1 day'
                  AND (known_at IS NULL OR known_at < now() - interval '90 days') RETURNING 1)
SELECT (SELECT count(*) FROM keys), (SELECT count(*) FROM ended), (SELECT count(*) FROM quiet)
