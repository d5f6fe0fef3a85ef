-- Runs go into the trash too: hidden at once, restorable, deleted for good by workers like files, never while a job may
-- still run. Deleting for good takes two steps, so that kill -9 leaves nothing half restorable: purged_at is the point
-- of no return, then the folder goes, then the rows.

ALTER TABLE run ADD COLUMN trashed_at timestamptz, ADD COLUMN purged_at timestamptz;
COMMENT ON COLUMN run.trashed_at IS 'hidden from lists since; set with an event trashed, cleared with restored';
COMMENT ON COLUMN run.purged_at IS 'its folder is being deleted: from here on nobody sees it and it cannot come back';

ALTER TABLE attempt DROP CONSTRAINT attempt_run_id_fkey;
ALTER TABLE attempt ADD FOREIGN KEY (run_id) REFERENCES run ON DELETE CASCADE;
ALTER TABLE run_event DROP CONSTRAINT run_event_run_id_fkey;
ALTER TABLE run_event ADD FOREIGN KEY (run_id) REFERENCES run ON DELETE CASCADE;
ALTER TABLE run_result DROP CONSTRAINT run_result_run_id_fkey;
ALTER TABLE run_result ADD FOREIGN KEY (run_id) REFERENCES run ON DELETE CASCADE;
ALTER TABLE run DROP CONSTRAINT run_parent_id_fkey;
ALTER TABLE run ADD FOREIGN KEY (parent_id) REFERENCES run ON DELETE SET NULL;
CREATE INDEX run_parent ON run (parent_id) WHERE parent_id IS NOT NULL;

-- Lists show what is not in the trash, and projects count their runs by state.
DROP INDEX run_by_project;
CREATE INDEX run_by_project ON run (project_id, id) WHERE trashed_at IS NULL;
CREATE INDEX run_trash ON run (project_id, id) WHERE trashed_at IS NOT NULL;
CREATE INDEX run_project_active ON run (project_id, state)
    WHERE trashed_at IS NULL AND state NOT IN ('finished', 'failed', 'cancelled');
CREATE INDEX run_project_ended ON run (project_id, ended_at) WHERE trashed_at IS NULL AND ended_at IS NOT NULL;
