-- The audit trail and the activity of projects end after a while. Only this function deletes them, and nothing younger
-- than 30 days, so that whoever takes over a worker cannot hide what they did.

CREATE INDEX audit_at ON audit (at);
CREATE INDEX activity_at ON activity (at);

CREATE FUNCTION history_trim(p_days int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH a AS (DELETE FROM audit WHERE at < now() - greatest(p_days, 30) * interval '1 day' RETURNING 1),
         b AS (DELETE FROM activity WHERE at < now() - greatest(p_days, 30) * interval '1 day' RETURNING 1)
    SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)
$$;
REVOKE EXECUTE ON FUNCTION history_trim(int) FROM PUBLIC;
