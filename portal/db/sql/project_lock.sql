-- project_lock: holds a project's row, so that changes of its members follow one another; $1 project
SELECT id FROM project WHERE id = $1 FOR UPDATE
