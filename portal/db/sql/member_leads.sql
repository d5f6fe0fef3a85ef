-- member_leads: role of one member and how many leads there are; $1 project, $2 account
SELECT (SELECT role FROM project_member WHERE project_id = $1 AND account_id = $2),
       (SELECT count(*) FROM project_member WHERE project_id = $1 AND role = 'lead')
