-- The first schema. Ids are ULID-like text (COLLATE "C" sorts by creation). Times are timestamptz.
-- One transaction a file; the runner records name and checksum in schema_migration.

CREATE TABLE account (
    id            text COLLATE "C" PRIMARY KEY,
    login         text NOT NULL CHECK (login ~ '^[a-z0-9][a-z0-9._-]{1,62}$'),
    display_name  text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
    email         text CHECK (length(email) <= 320),
    role          text NOT NULL DEFAULT 'user' CHECK (role IN ('admin', 'user')),
    password_hash text,
    disabled_at   timestamptz,
    session_epoch bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    version       bigint NOT NULL DEFAULT 1,
    UNIQUE (login)
);
COMMENT ON TABLE account IS 'a person who signs in';
COMMENT ON COLUMN account.session_epoch IS 'raised by "sign out everywhere" and by a password change: older sessions end';

CREATE TABLE login_throttle (
    key        text PRIMARY KEY,
    failures   int NOT NULL DEFAULT 0,
    first_at   timestamptz NOT NULL DEFAULT now(),
    last_at    timestamptz NOT NULL DEFAULT now(),
    wait_until timestamptz,
    known_at   timestamptz
);
COMMENT ON TABLE login_throttle IS 'failed sign-ins, one row an account, an address and a pair of them; see login_attempt';
COMMENT ON COLUMN login_throttle.first_at IS 'pairs: since when this address tries this account';
COMMENT ON COLUMN login_throttle.known_at IS 'pairs: the last time this address signed in to this account';

CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL REFERENCES account ON DELETE CASCADE,
    id         text COLLATE "C" NOT NULL UNIQUE,
    csrf       text NOT NULL,
    epoch      bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    address    text NOT NULL,
    user_agent text NOT NULL
);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE api_token (
    id           text COLLATE "C" PRIMARY KEY,
    account_id   text COLLATE "C" NOT NULL REFERENCES account ON DELETE CASCADE,
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    token_hash   bytea NOT NULL UNIQUE,
    scopes       text[] NOT NULL,
    project_id   text COLLATE "C",
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_token_account ON api_token (account_id);
COMMENT ON COLUMN api_token.project_id IS 'when set, the token works on this project alone';

CREATE TABLE project (
    id          text COLLATE "C" PRIMARY KEY,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    created_by  text COLLATE "C" NOT NULL REFERENCES account,
    created_at  timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    version     bigint NOT NULL DEFAULT 1
);
CREATE TABLE project_member (
    project_id text COLLATE "C" NOT NULL REFERENCES project ON DELETE CASCADE,
    account_id text COLLATE "C" NOT NULL REFERENCES account ON DELETE CASCADE,
    role       text NOT NULL CHECK (role IN ('viewer', 'member', 'lead')),
    added_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, account_id)
);
CREATE INDEX project_member_account ON project_member (account_id);
ALTER TABLE api_token ADD FOREIGN KEY (project_id) REFERENCES project ON DELETE CASCADE;

CREATE TABLE quota (
    scope    text NOT NULL CHECK (scope IN ('project', 'account')),
    id       text COLLATE "C" NOT NULL,
    limit_b  bigint NOT NULL CHECK (limit_b >= 0),
    used_b   bigint NOT NULL DEFAULT 0 CHECK (used_b >= 0),
    reserved_b bigint NOT NULL DEFAULT 0 CHECK (reserved_b >= 0),
    PRIMARY KEY (scope, id)
);
COMMENT ON TABLE quota IS 'storage: used is what is kept, reserved what uploads and active runs may still write; used+reserved <= limit is kept by quota_reserve';

CREATE TABLE upload (
    id          text COLLATE "C" PRIMARY KEY,
    project_id  text COLLATE "C" NOT NULL REFERENCES project,
    account_id  text COLLATE "C" NOT NULL REFERENCES account,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 1024),
    length_b    bigint NOT NULL CHECK (length_b >= 0),
    state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'complete', 'stored', 'refused', 'ended')),
    file_id     text COLLATE "C",
    want_sha256 bytea,
    reason      text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX upload_state ON upload (state, expires_at);
COMMENT ON TABLE upload IS 'a tus upload; its offset is the size of <var>/uploads/<id>, never a column';
COMMENT ON COLUMN upload.state IS 'open: bytes arrive; complete: all there, the worker has to hash and store; stored: file_id is ready; refused: see reason; ended: terminated or expired';

CREATE TABLE blob (
    sha256     bytea PRIMARY KEY CHECK (length(sha256) = 32),
    bytes      bigint NOT NULL CHECK (bytes >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE blob IS 'content kept once under <var>/store/ab/cd/<hex sha256>';

CREATE TABLE file (
    id         text COLLATE "C" PRIMARY KEY,
    project_id text COLLATE "C" NOT NULL REFERENCES project,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 1024),
    bytes      bigint NOT NULL CHECK (bytes >= 0),
    sha256     bytea REFERENCES blob,
    created_by text COLLATE "C" NOT NULL REFERENCES account,
    created_at timestamptz NOT NULL DEFAULT now(),
    trashed_at timestamptz,
    version    bigint NOT NULL DEFAULT 1
);
CREATE INDEX file_list ON file (project_id, id DESC) WHERE trashed_at IS NULL;
CREATE INDEX file_trash ON file (project_id, id DESC) WHERE trashed_at IS NOT NULL;
COMMENT ON COLUMN file.name IS 'what the user called it: data, never a path; bytes that are not UTF-8 arrive percent-coded';
COMMENT ON COLUMN file.sha256 IS 'NULL until the worker has hashed and stored it';

CREATE TABLE structure (
    id         text COLLATE "C" PRIMARY KEY,
    project_id text COLLATE "C" NOT NULL REFERENCES project,
    file_id    text COLLATE "C" NOT NULL REFERENCES file,
    name       text NOT NULL,
    state      text NOT NULL DEFAULT 'inspecting' CHECK (state IN ('inspecting', 'ready', 'refused')),
    format     text,
    facts      jsonb NOT NULL DEFAULT '{}',
    findings   jsonb NOT NULL DEFAULT '[]',
    created_by text COLLATE "C" NOT NULL REFERENCES account,
    created_at timestamptz NOT NULL DEFAULT now(),
    inspected_at timestamptz,
    version    bigint NOT NULL DEFAULT 1,
    UNIQUE (file_id)
);
CREATE INDEX structure_list ON structure (project_id, id DESC);
CREATE INDEX structure_todo ON structure (id) WHERE state = 'inspecting';

CREATE TABLE site (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9_-]{0,15}$'),
    kind        text NOT NULL CHECK (kind IN ('slurm', 'null')),
    title       text NOT NULL,
    enabled     bool NOT NULL DEFAULT true,
    config      jsonb NOT NULL DEFAULT '{}',
    facts       jsonb NOT NULL DEFAULT '{}',
    as_of       timestamptz,
    unreachable_since timestamptz,
    problem     text,
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN site.facts IS 'what was last seen: {"cpus":..,"gpus":..,"nodes":..,"partitions":[..],"version":".."}';
COMMENT ON COLUMN site.as_of IS 'when the site last answered';

CREATE TABLE module (
    site_id  text NOT NULL REFERENCES site ON DELETE CASCADE,
    full_name text NOT NULL,
    name     text NOT NULL,
    version  text NOT NULL,
    is_default bool NOT NULL DEFAULT false,
    category text NOT NULL DEFAULT '',
    summary  text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    help     text NOT NULL DEFAULT '',
    homepage text NOT NULL DEFAULT '',
    keywords text[] NOT NULL DEFAULT '{}',
    load_command text NOT NULL,
    search   tsvector GENERATED ALWAYS AS (to_tsvector('simple', name || ' ' || version || ' ' || category || ' ' || summary || ' ' || description)) STORED,
    seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, full_name)
);
CREATE INDEX module_search ON module USING gin (search);

CREATE TABLE run (
    id          text COLLATE "C" PRIMARY KEY,
    project_id  text COLLATE "C" NOT NULL REFERENCES project,
    account_id  text COLLATE "C" NOT NULL REFERENCES account,
    parent_id   text COLLATE "C" REFERENCES run,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    template    text NOT NULL,
    template_version text NOT NULL,
    structure_id text COLLATE "C" REFERENCES structure,
    site_id     text NOT NULL REFERENCES site,
    spec        jsonb NOT NULL,
    parent_diff jsonb,
    reserved_b  bigint NOT NULL DEFAULT 0,
    kept_b      bigint NOT NULL DEFAULT 0,
    client_key  text,
    version     bigint NOT NULL DEFAULT 1,
    -- the fold of run_event (portal/model/run_state.c), written with each event
    state       text NOT NULL DEFAULT 'queued',
    attempt     int NOT NULL DEFAULT 0,
    site_job_id text,
    cancel_requested bool NOT NULL DEFAULT false,
    hold_requested   bool NOT NULL DEFAULT false,
    reason      text,
    start_estimate timestamptz,
    unknown_since  timestamptz,
    as_of       timestamptz,
    progress    jsonb,
    summary     jsonb,
    failure     jsonb,
    usage       jsonb,
    created_at  timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    ended_at    timestamptz,
    event_seq   bigint NOT NULL DEFAULT 0,
    folded_seq  bigint NOT NULL DEFAULT 0,
    -- the worker's claim
    lease_owner text,
    lease_until timestamptz,
    fence       bigint NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    CHECK (state IN ('queued','held','submitting','pending','running','collecting','finished','failed','cancelled')),
    UNIQUE (account_id, client_key)
);
CREATE INDEX run_by_project ON run (project_id, id);
CREATE INDEX run_by_account ON run (account_id, id DESC);
CREATE INDEX run_active ON run (site_id, next_try_at) WHERE state NOT IN ('finished','failed','cancelled');
CREATE INDEX run_news ON run (site_id) WHERE event_seq <> folded_seq;
COMMENT ON COLUMN run.spec IS 'version 1 jobspec, see docs/contracts.md';
COMMENT ON COLUMN run.client_key IS 'digest of the Idempotency-Key and body that made it: a repeat finds this run, even if the reply was lost';
COMMENT ON COLUMN run.version IS 'raised by renaming, the only change people make';
COMMENT ON COLUMN run.event_seq IS 'number of events so far; raised with each, so that two writers cannot both append after the same fold';
COMMENT ON COLUMN run.kept_b IS 'bytes of the run folder that count as used since it last ended';
COMMENT ON COLUMN run.folded_seq IS 'events the fold columns include; below event_seq: people asked for something the worker has not taken in yet';
COMMENT ON COLUMN run.fence IS 'raised at each claim; a write with an older fence is refused';

CREATE TABLE attempt (
    run_id     text COLLATE "C" NOT NULL REFERENCES run,
    no         int NOT NULL,
    key        text NOT NULL UNIQUE,
    site_id    text NOT NULL REFERENCES site,
    site_job_id text,
    intent_at  timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,
    submitted_at timestamptz,
    started_at timestamptz,
    ended_at   timestamptz,
    outcome    text,
    manifest   jsonb,
    PRIMARY KEY (run_id, no)
);
COMMENT ON COLUMN attempt.key IS 'what the site knows it by: ath-<site>-<run>-aNN, lower case';

CREATE TABLE run_event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id     text COLLATE "C" NOT NULL REFERENCES run,
    project_id text COLLATE "C" NOT NULL,
    seq        bigint NOT NULL,
    kind       text NOT NULL,
    attempt    int NOT NULL DEFAULT 0,
    at         timestamptz NOT NULL DEFAULT now(),
    actor      text COLLATE "C",
    data       jsonb NOT NULL DEFAULT '{}',
    UNIQUE (run_id, seq)
);
CREATE INDEX run_event_steps ON run_event (run_id, seq) WHERE kind <> 'progress';
COMMENT ON TABLE run_event IS 'append-only; the run''s state is a pure fold of it; its id is the Last-Event-ID of streams';
COMMENT ON COLUMN run_event.actor IS 'account that asked, NULL when the portal acted';

CREATE TABLE run_result (
    run_id     text COLLATE "C" PRIMARY KEY REFERENCES run,
    doc        jsonb NOT NULL,
    sha256     bytea NOT NULL,
    collected_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE idempotency (
    account_id text COLLATE "C" NOT NULL REFERENCES account ON DELETE CASCADE,
    key        text NOT NULL CHECK (length(key) BETWEEN 8 AND 200),
    route      text NOT NULL,
    body_hash  bytea NOT NULL,
    status     int,
    body       text,
    location   text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
COMMENT ON COLUMN idempotency.status IS 'NULL while the first request still runs';

CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    account_id text COLLATE "C",
    route      text NOT NULL,
    object     text,
    address    text NOT NULL,
    request_id text NOT NULL,
    data       jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE worker (
    id           text COLLATE "C" PRIMARY KEY,
    host         text NOT NULL,
    pid          int NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    info         jsonb NOT NULL DEFAULT '{}'
);

-- Sign-in throttle. login_attempt counts a try before the password is looked at (so that parallel tries cannot all slip
-- through) and answers how many milliseconds to wait, 0 for "go on"; a refused try is not counted, so trying during a
-- wait does not lengthen it. From a number of failures on the wait doubles from 1 s up to p_wait_max; failures halve
-- with every p_wait_max of quiet. Three counters: the pair (p_limit failures), the account from anywhere (5 times as
-- many), the address for any account (10 times as many). The account counter does not hold back an address that has
-- signed in to it before, nor one that has been trying for p_wait_max already: attackers elsewhere delay the owner by
-- at most that, never for ever.
CREATE FUNCTION login_attempt(p_login text, p_address text, p_limit int, p_wait_max interval) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_account text := 'account ' || p_login;
    v_address text := 'address ' || p_address;
    v_pair    text := 'pair ' || p_login || ' ' || p_address;
    v_now     timestamptz;
    v_until   timestamptz;
BEGIN
    -- An address that waits makes no rows: otherwise it could fill the table with logins it invents.
    SELECT wait_until INTO v_until FROM login_throttle WHERE key = v_address AND wait_until > clock_timestamp();
    IF FOUND THEN
        RETURN greatest(1, ceil(extract(epoch FROM v_until - clock_timestamp()) * 1000));
    END IF;
    INSERT INTO login_throttle (key) VALUES (v_account), (v_address), (v_pair) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM login_throttle WHERE key IN (v_account, v_address, v_pair) ORDER BY key FOR UPDATE;
    v_now := clock_timestamp();
    SELECT max(t.wait_until) INTO v_until
      FROM login_throttle t
     WHERE t.wait_until > v_now
       AND (t.key IN (v_address, v_pair)
            OR (t.key = v_account
                AND NOT EXISTS (SELECT 1 FROM login_throttle p
                                 WHERE p.key = v_pair
                                   AND (p.known_at > v_now - interval '90 days' OR p.first_at <= v_now - p_wait_max))));
    IF v_until IS NOT NULL THEN
        RETURN greatest(1, ceil(extract(epoch FROM v_until - v_now) * 1000));
    END IF;
    UPDATE login_throttle t
       SET failures = n.failures,
           first_at = CASE WHEN t.last_at < v_now - interval '1 day' THEN v_now ELSE t.first_at END,
           last_at = v_now,
           wait_until = CASE WHEN n.failures >= n.bound
                             THEN v_now + least(p_wait_max, interval '1 s' * 2 ^ least(30, n.failures - n.bound)) END
      FROM (SELECT key,
                   1 + floor(failures / 2 ^ least(30, floor(extract(epoch FROM v_now - last_at)
                                                            / extract(epoch FROM p_wait_max))))::int AS failures,
                   p_limit * CASE key WHEN v_pair THEN 1 WHEN v_account THEN 5 ELSE 10 END AS bound
              FROM login_throttle WHERE key IN (v_account, v_address, v_pair)) n
     WHERE t.key = n.key;
    RETURN 0;
END $$;
-- The counted try was never compared (no room for another password hash): it is no failure.
CREATE FUNCTION login_uncount(p_login text, p_address text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM login_throttle
      WHERE key IN ('account ' || p_login, 'address ' || p_address, 'pair ' || p_login || ' ' || p_address)
      ORDER BY key FOR UPDATE;
    UPDATE login_throttle SET failures = greatest(0, failures - 1)
     WHERE key IN ('account ' || p_login, 'address ' || p_address, 'pair ' || p_login || ' ' || p_address);
END $$;
CREATE FUNCTION login_success(p_login text, p_address text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM login_throttle
      WHERE key IN ('account ' || p_login, 'address ' || p_address, 'pair ' || p_login || ' ' || p_address)
      ORDER BY key FOR UPDATE;
    UPDATE login_throttle SET failures = greatest(0, failures - 1)
     WHERE key IN ('account ' || p_login, 'address ' || p_address);
    UPDATE login_throttle SET failures = 0, wait_until = NULL, known_at = clock_timestamp()
     WHERE key = 'pair ' || p_login || ' ' || p_address;
END $$;

-- Storage quota: one place that reserves, so racing requests cannot pass the limit together.
CREATE FUNCTION quota_reserve(p_project text, p_account text, p_bytes bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE quota SET reserved_b = reserved_b + p_bytes
     WHERE scope = 'account' AND id = p_account AND used_b + reserved_b + p_bytes <= limit_b;
    IF NOT FOUND THEN RAISE EXCEPTION 'quota_account' USING ERRCODE = 'AT001'; END IF;
    UPDATE quota SET reserved_b = reserved_b + p_bytes
     WHERE scope = 'project' AND id = p_project AND used_b + reserved_b + p_bytes <= limit_b;
    IF NOT FOUND THEN RAISE EXCEPTION 'quota_project' USING ERRCODE = 'AT002'; END IF;
END $$;
-- Gives back p_reserved of the reservation and counts p_used as kept (either may be 0; p_used may be negative to free).
CREATE FUNCTION quota_settle(p_project text, p_account text, p_reserved bigint, p_used bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE quota SET reserved_b = greatest(0, reserved_b - p_reserved), used_b = greatest(0, used_b + p_used)
     WHERE (scope = 'account' AND id = p_account);
    UPDATE quota SET reserved_b = greatest(0, reserved_b - p_reserved), used_b = greatest(0, used_b + p_used)
     WHERE (scope = 'project' AND id = p_project);
END $$;

-- Appends an event. p_seq: the event_seq the writer folded from, or NULL to take the next (requests of people).
-- Event ids must be seen in order by streams, so appends are serialised from here to commit (NOTIFY's commit lock
-- serialises these transactions anyway): call it as the last statement of the transaction.
CREATE FUNCTION run_event_append(p_run text, p_seq bigint, p_kind text, p_attempt int, p_actor text, p_data jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY INVOKER AS $$
DECLARE v_id bigint; v_seq bigint; v_project text;
BEGIN
    PERFORM pg_advisory_xact_lock(7301);
    SELECT event_seq + 1, project_id INTO v_seq, v_project FROM run WHERE id = p_run FOR UPDATE;
    IF NOT FOUND THEN RAISE EXCEPTION 'no such run' USING ERRCODE = 'AT010'; END IF;
    IF p_seq IS NOT NULL AND p_seq + 1 <> v_seq THEN RAISE EXCEPTION 'stale fold' USING ERRCODE = 'AT011'; END IF;
    UPDATE run SET event_seq = v_seq WHERE id = p_run;
    INSERT INTO run_event (run_id, project_id, seq, kind, attempt, actor, data)
    VALUES (p_run, v_project, v_seq, p_kind, p_attempt, p_actor, p_data) RETURNING id INTO v_id;
    PERFORM pg_notify('run_event', v_id::text);
    RETURN v_id;
END $$;
