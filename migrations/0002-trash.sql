-- The trash frees space: workers delete what was trashed long enough ago, or before the project's trash was emptied.
-- A deleted file takes its structure along; runs that used it keep their own copy and the structure's name in their spec.

ALTER TABLE project ADD COLUMN trash_emptied_at timestamptz;
COMMENT ON COLUMN project.trash_emptied_at IS 'files trashed up to here are to be deleted for good; workers do it';

ALTER TABLE structure DROP CONSTRAINT structure_file_id_fkey;
ALTER TABLE structure ADD FOREIGN KEY (file_id) REFERENCES file ON DELETE CASCADE;
ALTER TABLE run DROP CONSTRAINT run_structure_id_fkey;
ALTER TABLE run ADD FOREIGN KEY (structure_id) REFERENCES structure ON DELETE SET NULL;

CREATE INDEX file_content ON file (sha256);
CREATE INDEX run_structure ON run (structure_id) WHERE structure_id IS NOT NULL;
