-- auth_audit_add: who did what; $1 account id or NULL, $2 route, $3 object or NULL, $4 address, $5 request id, $6 data
INSERT INTO audit (account_id, route, object, address, request_id, data) VALUES ($1, $2, $3, $4, $5, $6::jsonb)
