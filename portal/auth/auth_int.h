/* Private to portal/auth. */
#ifndef ATH_AUTH_INT_H
#define ATH_AUTH_INT_H

#include "auth.h"

/* --- csrf.c --- */

/* Cookie sessions on unsafe methods: X-CSRF must be the session's, and the browser must not name another origin. */
enum status csrf_check(const struct http_req *req, const struct principal *me, struct err *err);
/* The second half alone, for sign-in, where there is no session yet. */
enum status csrf_check_origin(const struct http_req *req, struct err *err);

/* --- rate.c --- */

/* One request of this account; ST_THROTTLED beyond rate_per_minute. Any thread. */
enum status rate_take(const char *account, struct err *err);

/* --- idempotency.c --- */

struct idempotency {
    const char *key;   /* NULL: the request carries none */
    const char *taken; /* created_at of our row: proof that the key is still ours */
};
/* Takes the key of a ROUTE_IDEMPOTENT request. When it was answered before, ret holds that answer and *ret_done. */
enum status idempotency_begin(struct http_req *req, const struct principal *me, struct http_reply *ret, bool *ret_done,
                              struct idempotency *ret_i, struct err *err);
/* Keeps an answer that a repeat must get again, frees the key after any other. */
void idempotency_end(struct http_req *req, const struct principal *me, const struct idempotency *i,
                     const struct http_reply *reply, enum status st, const struct err *err);

#endif
