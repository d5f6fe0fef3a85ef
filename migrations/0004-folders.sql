-- Files lie in folders: a folder is a property of its files ("a/b"), so it needs no row, no clean-up and no lock, and
-- exists as long as a file is in it.

ALTER TABLE file ADD COLUMN folder text COLLATE "C" NOT NULL DEFAULT ''
    CHECK (octet_length(folder) <= 4096 AND coalesce(cardinality(string_to_array(folder, '/')), 0) <= 16);
ALTER TABLE upload ADD COLUMN folder text COLLATE "C" NOT NULL DEFAULT '' CHECK (octet_length(folder) <= 4096);
COMMENT ON COLUMN file.folder IS 'parts joined by "/", none empty, "." or ".."; "" is the top; data like the name, never a path on disk';

CREATE INDEX file_folder ON file (project_id, folder, id DESC) WHERE trashed_at IS NULL;
