-- member_account: a person by id or login; $1 id or login
SELECT id, login, display_name, disabled_at IS NOT NULL FROM account WHERE id = $1 OR login = $1
