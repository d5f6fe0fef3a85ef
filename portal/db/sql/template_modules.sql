-- template_modules: versions of every module at every enabled site
SELECT m.site_id, m.name, m.version, m.full_name, m.is_default
  FROM module m JOIN site s ON s.id = m.site_id WHERE s.enabled ORDER BY m.site_id, m.name, m.version
