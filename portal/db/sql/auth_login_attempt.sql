-- auth_login_attempt: milliseconds to wait, 0 when the password may be tried now; $1 login, $2 address, $3 failures before waiting, $4 longest wait in ms
SELECT login_attempt($1, $2, $3::int, $4::bigint * interval '1 ms')
