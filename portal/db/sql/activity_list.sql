-- activity_list: what happened in a project, newest first; $1 project, $2 before this id or null, $3 rows, $4 by this account or null, $5 kinds (array) or null
SELECT t.id, t.at, t.account_id, a.login, a.display_name, t.kind, t.object, t.name, t.data,
       CASE split_part(t.kind, '_', 1)
            WHEN 'run' THEN NOT EXISTS (SELECT 1 FROM run r WHERE r.id = t.object AND r.purged_at IS NULL)
            WHEN 'file' THEN NOT EXISTS (SELECT 1 FROM file f WHERE f.id = t.object)
            ELSE false END
  FROM activity t LEFT JOIN account a ON a.id = t.account_id
 WHERE t.project_id = $1 AND t.id < coalesce($2, 9223372036854775807)
   AND ($4::text IS NULL OR t.account_id = $4)
   AND ($5::text[] IS NULL OR t.kind = ANY ($5::text[]))
 ORDER BY t.id DESC
 LIMIT $3::bigint
