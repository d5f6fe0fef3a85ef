-- run_insert: a new run, unless the same request made it already (no row); $1 id, $2 project, $3 account, $4 parent, $5 name, $6 template, $7 template version, $8 structure, $9 site, $10 spec json, $11 parent diff json, $12 bytes reserved, $13 client key
INSERT INTO run (id, project_id, account_id, parent_id, name, template, template_version, structure_id, site_id, spec, parent_diff,
                 reserved_b, client_key, folded_seq)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12, $13, 1)
ON CONFLICT (account_id, client_key) DO NOTHING
RETURNING id
