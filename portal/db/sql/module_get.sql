-- module_get: every version of one program, the default first; $1 name
SELECT site_id, full_name, version, is_default, category, summary, description, help, homepage, to_jsonb(keywords),
       load_command, seen_at
  FROM module WHERE name = $1
 ORDER BY is_default DESC, full_name DESC, site_id
