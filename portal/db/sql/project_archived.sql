-- project_archived: may things be added to it still; $1 project
SELECT archived_at IS NOT NULL FROM project WHERE id = $1
