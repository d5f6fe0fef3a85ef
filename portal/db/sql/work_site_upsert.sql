-- work_site_upsert: a site this worker serves; $1 id, $2 kind, $3 title
INSERT INTO site (id, kind, title) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, title = excluded.title
