-- member_delete: removes a member; $1 project, $2 account
DELETE FROM project_member WHERE project_id = $1 AND account_id = $2
