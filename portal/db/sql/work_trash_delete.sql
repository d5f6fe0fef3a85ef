-- work_trash_delete: deletes a file for good, if it still may be (see work_trash_todo), and gives its space back; a row when it did; $1 file, $2 days in the trash
WITH gone AS (
    DELETE FROM file f USING project p
     WHERE f.id = $1 AND p.id = f.project_id AND f.trashed_at IS NOT NULL
       AND (f.trashed_at <= p.trash_emptied_at OR f.trashed_at < now() - $2::bigint * interval '1 day')
       AND NOT EXISTS (SELECT 1 FROM structure s JOIN run r ON r.structure_id = s.id
                        WHERE s.file_id = f.id AND r.state NOT IN ('finished', 'failed', 'cancelled'))
    RETURNING f.project_id, f.created_by, f.bytes
)
SELECT quota_settle(project_id, created_by, 0, -bytes) FROM gone
