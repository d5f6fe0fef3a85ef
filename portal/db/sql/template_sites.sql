-- template_sites: the sites runs can go to
SELECT id, title, facts, as_of, unreachable_since FROM site WHERE enabled ORDER BY id
