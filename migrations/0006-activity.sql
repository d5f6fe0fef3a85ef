-- What happened in a project, for the people in it: who launched, uploaded, removed, invited. Unlike the audit trail,
-- which records every privileged request for administrators, this is about things and stays readable after they are
-- gone, so names are kept as they were.

CREATE TABLE activity (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id text COLLATE "C" NOT NULL REFERENCES project,
    at         timestamptz NOT NULL DEFAULT now(),
    account_id text COLLATE "C",
    kind       text NOT NULL,
    object     text COLLATE "C",
    name       text NOT NULL DEFAULT '',
    data       jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX activity_list ON activity (project_id, id DESC);
COMMENT ON COLUMN activity.account_id IS 'who did it; NULL when the portal did';
COMMENT ON COLUMN activity.kind IS 'one of the words of portal/api/api_activity.c';
COMMENT ON COLUMN activity.name IS 'what the object was called then';

-- Events of runs become activity wherever they are written. Who a run was stopped by is who last asked for it.
CREATE FUNCTION run_event_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO activity (project_id, at, account_id, kind, object, name, data)
    SELECT NEW.project_id, NEW.at,
           CASE WHEN NEW.kind = 'cancelled'
                THEN (SELECT e.actor FROM run_event e
                       WHERE e.run_id = NEW.run_id AND e.kind = 'cancel_request' ORDER BY e.seq DESC LIMIT 1)
                ELSE NEW.actor END,
           'run_' || NEW.kind, NEW.run_id, r.name,
           CASE WHEN NEW.data ? 'text' THEN jsonb_build_object('text', NEW.data -> 'text') ELSE '{}' END
      FROM run r WHERE r.id = NEW.run_id;
    RETURN NULL;
END $$;
CREATE TRIGGER run_event_activity AFTER INSERT ON run_event FOR EACH ROW
    WHEN (NEW.kind IN ('submit', 'finished', 'failed', 'cancelled', 'requeue_request', 'trashed', 'restored'))
    EXECUTE FUNCTION run_event_activity();

-- What happened before today.
INSERT INTO activity (project_id, at, account_id, kind, object, name, data)
SELECT project_id, at, account_id, kind, object, name, data
  FROM (SELECT id AS project_id, created_at AS at, created_by AS account_id, 'project_created' AS kind, id AS object, name, '{}'::jsonb AS data
          FROM project
         UNION ALL
        SELECT project_id, created_at, created_by, 'file_uploaded', id, name, jsonb_build_object('bytes', bytes) FROM file
         UNION ALL
        SELECT e.project_id, e.at, e.actor, 'run_' || e.kind, e.run_id, r.name,
               CASE WHEN e.data ? 'text' THEN jsonb_build_object('text', e.data -> 'text') ELSE '{}' END
          FROM run_event e JOIN run r ON r.id = e.run_id
         WHERE e.kind IN ('submit', 'finished', 'failed', 'cancelled', 'requeue_request')) past
 ORDER BY at;
