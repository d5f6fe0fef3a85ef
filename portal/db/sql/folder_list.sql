-- folder_list: the folders of a project with what lies in each and in all below it, by path; $1 project, $2 after this path or null, $3 rows
WITH own AS (
    SELECT string_to_array(folder, '/') AS parts, count(*) AS n, sum(bytes) AS b
      FROM file WHERE project_id = $1 AND trashed_at IS NULL AND folder <> ''
     GROUP BY folder
), up AS (
    SELECT array_to_string(parts[1:i], '/') COLLATE "C" AS path, n, b, i = cardinality(parts) AS here
      FROM own, generate_series(1, cardinality(parts)) i
)
SELECT path, coalesce(sum(n) FILTER (WHERE here), 0)::bigint, coalesce(sum(b) FILTER (WHERE here), 0)::bigint,
       sum(n)::bigint, sum(b)::bigint
  FROM up
 WHERE $2::text IS NULL OR path > $2
 GROUP BY path
 ORDER BY path
 LIMIT $3::bigint
