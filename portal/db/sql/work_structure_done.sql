-- work_structure_done: what inspection found; nothing when it was done before; $1 structure, $2 state, $3 format, $4 facts json, $5 findings json
UPDATE structure SET state = $2, format = $3, facts = $4::jsonb, findings = $5::jsonb, inspected_at = now(), version = version + 1
 WHERE id = $1 AND state = 'inspecting'
