-- auth_login_uncount: the last try was no failure; $1 login, $2 address
SELECT login_uncount($1, $2)
