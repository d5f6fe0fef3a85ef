/* Errors: a status to branch on and a text made where the cause is known.
 *
 * A function that can fail returns enum status and takes `struct err *` last.
 * It fills the error once, where it knows why; callers pass it up unchanged
 * (or prefix it with err_wrap); only the edge - executor, worker loop, main -
 * logs it. Every function accepts err == NULL, and none returns ST_OK: an error
 * without a cause is ST_FATAL. Any thread.
 */
#ifndef ATH_CORE_ERR_H
#define ATH_CORE_ERR_H

#include <stddef.h>

enum status {
    ST_OK = 0,
    ST_INVALID,      /* the caller's input is wrong: 400/422, `field` says where */
    ST_UNAUTH,       /* nobody is signed in: 401 */
    ST_DENIED,       /* known, but not allowed: 403 */
    ST_NOTFOUND,     /* 404; also what an outsider gets for things that exist */
    ST_CONFLICT,     /* the state does not allow it (now): 409 */
    ST_PRECONDITION, /* If-Match failed or missing: 412/428 */
    ST_TOOBIG,       /* over a limit of size: 413 */
    ST_MEDIA,        /* wrong content type: 415 */
    ST_LOCKED,       /* another writer holds it: 423 */
    ST_THROTTLED,    /* too many requests: 429 */
    ST_QUOTA,        /* storage or compute quota: 507/403, see code */
    ST_RETRY,        /* a repeat may succeed (serialisation, deadlock) */
    ST_UNAVAIL,      /* database or site out of reach: 503 */
    ST_FATAL,        /* a defect or an exhausted machine: 500 */
};

struct err {
    enum status st;
    int sys;          /* errno, 0 when not from a system call */
    char sqlstate[6]; /* "" when not from the database */
    char code[48];    /* stable, snake_case, for clients: "length_out_of_range" */
    char field[96];   /* JSON pointer or parameter name, "" when none */
    char text[384];   /* what happened and why, for people; no SQL, no paths */
    char hint[256];   /* what to do, "" when there is nothing to say */
    char detail[384]; /* for the log only: SQL, paths, foreign text */
};

#define ERR_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Sets status and text (code defaults to the status name). Returns st. */
enum status err_set(struct err *err, enum status st, const char *fmt, ...) ERR_PRINTF(3, 4);
/* Same with a stable code and the field at fault. code/field may be NULL. */
enum status err_field(struct err *err, enum status st, const char *code, const char *field, const char *fmt, ...)
    ERR_PRINTF(5, 6);
/* Adds ": strerror(errnum)". ENOENT: ST_NOTFOUND; EACCES, EPERM: ST_DENIED; ENOSPC, EDQUOT: ST_QUOTA; else ST_FATAL. */
enum status err_sys(struct err *err, int errnum, const char *fmt, ...) ERR_PRINTF(3, 4);
/* Replaces the hint / the log-only detail; returns err->st (ST_FATAL when err is NULL or clear). */
enum status err_hint(struct err *err, const char *fmt, ...) ERR_PRINTF(2, 3);
enum status err_detail(struct err *err, const char *fmt, ...) ERR_PRINTF(2, 3);
/* Puts "prefix: " before the text; returns err->st. */
enum status err_wrap(struct err *err, const char *fmt, ...) ERR_PRINTF(2, 3);
void err_clear(struct err *err);
/* "invalid", "not_found" ... the default code of a status. */
const char *status_name(enum status st);

#endif
