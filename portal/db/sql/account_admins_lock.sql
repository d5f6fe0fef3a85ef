-- account_admins_lock: the administrators who can sign in, locked, so that two changes cannot remove the last two at once
SELECT id FROM account WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE
