-- member_delete: removes a member; $1 project, $2 account, $3 who says so
WITH m AS (DELETE FROM project_member WHERE project_id = $1 AND account_id = $2 RETURNING account_id)
INSERT INTO activity (project_id, account_id, kind, object, name)
SELECT $1, $3, 'member_removed', a.id, a.display_name FROM m JOIN account a ON a.id = m.account_id
