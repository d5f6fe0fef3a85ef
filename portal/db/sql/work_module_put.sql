-- work_module_put: a module as seen now; $1 site, $2 full name, $3 name, $4 version, $5 is default, $6 category, $7 summary, $8 description, $9 help, $10 homepage, $11 keywords json array, $12 load command
INSERT INTO module (site_id, full_name, name, version, is_default, category, summary, description, help, homepage, keywords, load_command)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, ARRAY(SELECT jsonb_array_elements_text($11::jsonb)), $12)
ON CONFLICT (site_id, full_name) DO UPDATE SET name = excluded.name, version = excluded.version, is_default = excluded.is_default,
       category = excluded.category, summary = excluded.summary, description = excluded.description, help = excluded.help,
       homepage = excluded.homepage, keywords = excluded.keywords, load_command = excluded.load_command, seen_at = now()
