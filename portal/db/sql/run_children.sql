-- run_children: runs made from this one, newest first; $1 run
SELECT id, name, state FROM run WHERE parent_id = $1 AND trashed_at IS NULL ORDER BY id DESC LIMIT 100
