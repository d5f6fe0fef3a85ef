-- work_trash_todo: files whose time in the trash is over and that no waiting or running run needs; $1 days in the trash, $2 at most
SELECT f.id
  FROM file f JOIN project p ON p.id = f.project_id
 WHERE f.trashed_at IS NOT NULL
   AND (f.trashed_at <= p.trash_emptied_at OR f.trashed_at < now() - $1::bigint * interval '1 day')
   AND NOT EXISTS (SELECT 1 FROM structure s JOIN run r ON r.structure_id = s.id
                    WHERE s.file_id = f.id AND r.state NOT IN ('finished', 'failed', 'cancelled'))
 LIMIT $2::bigint
