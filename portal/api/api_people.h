/* What the handlers about people share: sessions, account, tokens, users, audit. */
#ifndef ATH_API_PEOPLE_H
#define ATH_API_PEOPLE_H

#include "api.h"

/* One account of account_get.sql / account_list.sql as JSON; password: one just made by us, shown once, or NULL. */
void people_account_write(struct jsonw *w, const struct db_rows *r, int row, const char *password);
void people_scopes_write(struct jsonw *w, unsigned scopes);

/* One throttled try of a password, of a login or (account not NULL) of a known account. Sets Retry-After on ret when it
 * must wait. */
enum status people_password_try(struct http_req *req, struct http_reply *ret, const char *login, const char *account,
                                const char *password, char ret_account[ID_MAX], struct err *err);
/* Starts a session: cookie, principal, and the reply of GET /session. */
enum status people_session_start(struct http_req *req, struct http_reply *ret, const char *account, struct err *err);

#endif
