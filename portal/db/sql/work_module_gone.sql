-- work_module_gone: forgets the modules of a site that this transaction has not seen; $1 site
DELETE FROM module WHERE site_id = $1 AND seen_at < now()
