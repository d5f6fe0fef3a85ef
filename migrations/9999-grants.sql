-- Roles and grants: not a migration but run again after each migrate, so what a role may do is read in one place.
-- athanor_web: the portal. athanor_worker: the workers. Roles are made by the set-up (they need CREATEROLE).

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM athanor_web, athanor_worker;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO athanor_web, athanor_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO athanor_web, athanor_worker;

-- web: people, sessions, projects, uploads, names and trash of things, requests about runs; never a run's state, a result or a site.
GRANT INSERT, UPDATE, DELETE ON account, session, api_token, login_throttle, project, project_member, quota, upload, idempotency,
    account_preference TO athanor_web;
GRANT INSERT ON audit, run, run_event, activity TO athanor_web;
GRANT UPDATE (name, version, event_seq, trashed_at) ON run TO athanor_web;
GRANT INSERT ON file, structure TO athanor_web;
GRANT UPDATE (name, folder, trashed_at, version) ON file TO athanor_web;
GRANT UPDATE (name, version) ON structure TO athanor_web;

-- worker: everything about work; never passwords, sessions or tokens.
REVOKE SELECT ON session, api_token, login_throttle, account, account_preference FROM athanor_worker;
GRANT SELECT (id, login, display_name, email, role, disabled_at, created_at) ON account TO athanor_worker;
GRANT INSERT, UPDATE, DELETE ON upload, blob, file, structure, module, site, run_result, attempt, worker, idempotency TO athanor_worker;
GRANT UPDATE ON run, quota TO athanor_worker;
GRANT DELETE ON run TO athanor_worker;
GRANT EXECUTE ON FUNCTION history_trim(int) TO athanor_worker;
GRANT INSERT ON run_event, audit, activity TO athanor_worker;

ALTER TABLE run_event ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS web_reads ON run_event;
CREATE POLICY web_reads ON run_event FOR SELECT TO athanor_web USING (true);
DROP POLICY IF EXISTS web_asks ON run_event;
CREATE POLICY web_asks ON run_event FOR INSERT TO athanor_web
    WITH CHECK (kind IN ('submit', 'cancel_request', 'hold_request', 'release_request', 'requeue_request', 'trashed', 'restored'));
DROP POLICY IF EXISTS worker_all ON run_event;
CREATE POLICY worker_all ON run_event TO athanor_worker USING (true) WITH CHECK (true);

ALTER TABLE run ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS web_reads ON run;
CREATE POLICY web_reads ON run FOR SELECT TO athanor_web USING (true);
DROP POLICY IF EXISTS web_renames ON run;
CREATE POLICY web_renames ON run FOR UPDATE TO athanor_web USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS web_submits ON run;
CREATE POLICY web_submits ON run FOR INSERT TO athanor_web
    WITH CHECK (state = 'queued' AND attempt = 0 AND site_job_id IS NULL AND lease_owner IS NULL AND fence = 0);
DROP POLICY IF EXISTS worker_all ON run;
CREATE POLICY worker_all ON run TO athanor_worker USING (true) WITH CHECK (true);
