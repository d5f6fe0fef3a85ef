-- module_list: installed programs by name; $1 search text or null, $2 category or null, $3 site or null, $4 after name or null, $5 rows
WITH q AS (
    SELECT string_agg('''' || replace(replace(w, '\', '\\'), '''', '''''') || ''':*', ' & ') AS prefixes
      FROM regexp_split_to_table($1::text, '\s+') w WHERE w <> ''
), hit AS (
    SELECT DISTINCT m.name FROM module m, q
     WHERE ($1::text IS NULL OR m.search @@ to_tsquery('simple', q.prefixes)
            OR strpos(lower(m.full_name), lower(trim($1::text))) > 0)
       AND ($2::text IS NULL OR m.category = $2)
       AND ($3::text IS NULL OR m.site_id = $3)
       AND ($4::text IS NULL OR m.name COLLATE "C" > $4)
)
SELECT m.name,
       (array_agg(m.category ORDER BY m.is_default DESC, m.full_name DESC))[1],
       (array_agg(m.summary ORDER BY m.is_default DESC, m.full_name DESC))[1],
       (array_agg(m.homepage ORDER BY m.is_default DESC, m.full_name DESC))[1],
       jsonb_agg(jsonb_build_object('version', m.version, 'full_name', m.full_name, 'site', m.site_id,
                                    'is_default', m.is_default, 'load_command', m.load_command)
                 ORDER BY m.is_default DESC, m.full_name DESC, m.site_id)
  FROM module m JOIN hit ON hit.name = m.name
 WHERE ($3::text IS NULL OR m.site_id = $3)
 GROUP BY m.name
 ORDER BY m.name COLLATE "C"
 LIMIT $5::bigint
