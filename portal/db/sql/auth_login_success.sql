-- auth_login_success: $1 login, $2 address
SELECT login_success($1, $2)
