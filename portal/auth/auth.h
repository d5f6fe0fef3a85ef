/* Who calls, and what they may do.
 *
 * A request is made by a session (browser cookie) or a token (Bearer ath_...). The guard (guard.c, the http_hooks
 * of the portal) finds the principal, checks every column of the route's row, and leaves in the principal what it
 * found: handlers read it and never ask again. Nothing is cached between requests, so a removed member, a disabled
 * account or a revoked token has lost its rights with the next request.
 *
 * Handlers whose project is named in the body or the query call auth_project_check themselves. Lists over all
 * projects must honour principal.project (a token restricted to one project).
 */
#ifndef ATH_AUTH_H
#define ATH_AUTH_H

#include "../core/id.h"
#include "../db/db.h"
#include "../http/http.h"

#define AUTH_LOGIN_MAX    64 /* with NUL; the form is in migrations: account.login */
#define AUTH_COOKIE       "athanor_session"
#define AUTH_SECRET_MAX   64 /* room for a session or token secret in text form */
#define AUTH_HASH_BYTES   32
#define AUTH_PASSWORD_MIN 10
#define AUTH_PASSWORD_MAX 1024

enum principal_kind { PRINCIPAL_SESSION = 1, PRINCIPAL_TOKEN };
enum project_role { ROLE_NONE, ROLE_VIEWER, ROLE_MEMBER, ROLE_LEAD }; /* ordered: >= asks for "at least" */

struct principal {
    char account[ID_MAX]; /* usr_… */
    char login[AUTH_LOGIN_MAX];
    bool admin;
    enum principal_kind kind;
    char via[ID_MAX];     /* ses_… or tok_…: what they came with */
    char csrf[64];        /* sessions only */
    unsigned scopes;      /* tokens only: bits of auth_scope_bit */
    char project[ID_MAX]; /* tokens only: works on this project alone; "" all */

    /* Of the project that arg[0] (or auth_project_check) led to: */
    char object_project[ID_MAX];
    enum project_role role; /* an administrator who is no member has ROLE_LEAD and as_admin */
    bool as_admin;
};

/* "viewer" …, "admin" for somebody who acts as administrator. */
const char *project_role_name(enum project_role r);
enum project_role project_role_parse(const char *s); /* ROLE_NONE for anything else */
const char *principal_role_name(const struct principal *me);

/* Is this person allowed on that project? Outsiders and missing projects: ST_NOTFOUND; role too low: ST_DENIED.
 * Fills me->object_project, role and as_admin. `field`: where the id came from, for the error; may be NULL. */
enum status auth_project_check(struct db *db, struct principal *me, const char *project, enum http_need need,
                               const char *field, struct err *err);
/* The role without a demand: ROLE_NONE for outsiders and missing projects (streams ask this again and again). */
enum status auth_project_role(struct db *db, const struct principal *me, const char *project,
                              enum project_role *ret_role, struct err *err);
/* Is what this principal came with (session or token) still good? For long-lived streams. */
enum status auth_still_valid(struct db *db, const struct principal *me, bool *ret_valid, struct err *err);

/* --- the hooks (guard.c) ------------------------------------------------------------------------------------ */

void *auth_thread_open(struct err *err);
void auth_thread_close(void *thread);
enum status auth_guard(struct http_req *req, struct http_reply *ret, bool *ret_done, struct err *err);
void auth_after(struct http_req *req, struct http_reply *reply, enum status st, const struct err *err);
/* Fills req->principal when the request carries good credentials, leaves NULL when it carries none. For public
 * routes that want to know (the guard asks nobody on those). */
enum status auth_identify(struct http_req *req, struct err *err);

/* Sign-in: from here on the request is this person's (audit, access log). */
enum status auth_become(struct http_req *req, const struct principal *me, struct err *err);

/* --- scopes (token.c) --------------------------------------------------------------------------------------- */

unsigned auth_scope_bit(const char *name); /* 0: no such scope */
/* Names of all scopes, NULL-ended, in the order of their bits. */
extern const char *const auth_scopes[];

/* --- passwords (password.c) --------------------------------------------------------------------------------- */

/* Once, before threads. */
enum status password_init(struct err *err);
/* Length and plain sense; field names the parameter at fault. */
enum status password_check_rules(const char *password, const char *login, const char *field, struct err *err);
/* Argon2id string form; arena memory. ST_UNAVAIL when too many hashes run already. */
enum status password_hash(struct arena *a, const char *password, const char **ret_hash, struct err *err);
/* hash NULL (unknown login, no password): costs the same time and is never right.
 * ret_rehash: right, but made with other parameters than the settings say. */
enum status password_verify(const char *hash, const char *password, bool *ret_right, bool *ret_rehash, struct err *err);
/* A readable random password of at least 100 bits; out needs 32 bytes. */
void password_random(char out[32]);

/* --- accounts (account.c) ------------------------------------------------------------------------------------ */

struct account_new {
    const char *login, *display_name, *email; /* display_name NULL: the login; email may be NULL */
    bool admin;
    const char *password;
};
enum account_switch { ACCOUNT_KEEP, ACCOUNT_ENABLE, ACCOUNT_DISABLE };
struct account_change { /* NULL and ACCOUNT_KEEP leave as it is */
    const char *display_name, *email, *role, *password_hash;
    enum account_switch disabled;
    int64_t version; /* 0: any */
};
/* Checks every member (names of fields as in the REST interface), hashes the password, sets the default quota. */
enum status account_create(struct db *db, struct arena *a, const struct account_new *who, char ret_id[ID_MAX],
                           struct err *err);
/* ST_PRECONDITION when the version differs, ST_CONFLICT when nobody would be left to administer. */
enum status account_update(struct db *db, const char *id, const struct account_change *change, int64_t *ret_version,
                           struct err *err);
enum status account_find(struct db *db, const char *login, char ret_id[ID_MAX], struct err *err);

/* --- sign-in throttle (throttle.c) -------------------------------------------------------------------------- */

/* Counts an attempt before the password is looked at; ST_THROTTLED (with the seconds in the hint) when it must wait. */
enum status throttle_attempt(struct db *db, const char *login, const char *address, int64_t *ret_wait_ms,
                             struct err *err);
/* The attempt could not be judged: it does not count. */
enum status throttle_uncount(struct db *db, const char *login, const char *address, struct err *err);
/* The attempt was right: forgets the failures of the pair, remembers the address as known for this account. */
enum status throttle_success(struct db *db, const char *login, const char *address, struct err *err);

/* --- sessions (session.c) ----------------------------------------------------------------------------------- */

/* Makes a session; the secret goes into the cookie and nowhere else. */
enum status session_create(struct db *db, const char *account, const char *address, const char *user_agent,
                           char ret_secret[AUTH_SECRET_MAX], struct principal *ret_me, struct err *err);
/* ST_UNAUTH when it is unknown, too old, idle for too long, or ended by its account. */
enum status session_find(struct db *db, const char *secret, struct principal *ret_me, struct err *err);
enum status session_end(struct db *db, const char *session_id, struct err *err);
/* Sign out everywhere. */
enum status session_end_all(struct db *db, const char *account, struct err *err);

/* --- tokens (token.c) --------------------------------------------------------------------------------------- */

/* scopes: bits; project may be NULL. The secret is shown once and not kept. */
enum status token_create(struct db *db, const char *account, const char *name, unsigned scopes, const char *project,
                         int64_t expires_in_s, char ret_id[ID_MAX], char ret_secret[AUTH_SECRET_MAX], struct err *err);
enum status token_find(struct db *db, const char *secret, struct principal *ret_me, struct err *err);

#endif
