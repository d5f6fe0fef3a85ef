/* Idempotency-Key: a POST that creates is done once, however often it is sent.
 *
 * Flow: before the handler the key is taken by a row of its own short transaction. A second request with the key finds
 * the row and gets the stored answer, 409 while the first still runs, 422 when it is another request under the same
 * key. After the handler an answer that a repeat must get again (2xx, or 4xx about the input) is stored; after any
 * other the row goes away, so that trying again makes sense.
 *
 * Caveats: a process that dies in between leaves a row without answer, which may be taken over after 60 s; the handler
 * then runs again, so handlers whose effect must not double keep the key in their own transaction (run.client_key).
 * Secrets are never stored: rows with ROUTE_SECRET refuse the repeat. auth_sweep drops rows after a day.
 */
#include "auth_int.h"

#include "../core/log.h"
#include "../core/str.h"

#include <sodium.h>
#include <string.h>

#define KEY_MIN 8
#define KEY_MAX 200
#define HEADER  "Idempotency-Key"

static enum status key_read(const struct http_req *req, const char **ret_key, struct err *err)
{
    const char *key = http_header(req, HEADER);
    if (!key) {
        if (req->route->flags & ROUTE_KEY_OPTIONAL) {
            *ret_key = NULL;
            return ST_OK;
        }
        err_field(err, ST_INVALID, "idempotency_key_missing", HEADER, "A request that creates something needs a key.");
        return err_hint(err, "Send a random Idempotency-Key and the same one when you repeat the request.");
    }
    size_t n = strlen(key);
    bool plain = n >= KEY_MIN && n <= KEY_MAX;
    for (size_t i = 0; i < n && plain; i++)
        plain = key[i] > ' ' && key[i] < 0x7f;
    if (!plain)
        return err_field(err, ST_INVALID, "idempotency_key_form", HEADER, "The key has %d to %d visible characters.",
                         KEY_MIN, KEY_MAX);
    *ret_key = key;
    return ST_OK;
}

/* What must be equal for a repeat to be the same request. A body with a secret must not leave a quick hash behind. */
static void request_hash(const struct http_req *req, unsigned char out[AUTH_HASH_BYTES])
{
    crypto_hash_sha256_state h;
    crypto_hash_sha256_init(&h);
    crypto_hash_sha256_update(&h, (const unsigned char *)req->path, strlen(req->path) + 1);
    if (!(req->route->flags & ROUTE_SECRET) && req->body)
        crypto_hash_sha256_update(&h, (const unsigned char *)req->body, req->body_len);
    crypto_hash_sha256_final(&h, out);
}

/* The key is taken: the stored answer, or why there is none. */
static enum status replay(struct http_req *req, const struct db_rows *row, const unsigned char hash[AUTH_HASH_BYTES],
                          struct http_reply *ret, struct err *err)
{
    unsigned char stored[AUTH_HASH_BYTES];
    if (!str_eq(db_text(row, 0, 0), req->route->name) || !db_bytes(row, 0, 1, stored, sizeof stored) ||
        memcmp(stored, hash, sizeof stored) != 0) {
        ret->code = 422;
        return err_field(err, ST_INVALID, "idempotency_key_reused", HEADER,
                         "This key was used for another request before.");
    }
    if (db_null(row, 0, 2)) {
        http_reply_header(ret, "Retry-After", "1");
        return err_field(err, ST_CONFLICT, "idempotency_running", HEADER,
                         "The first request with this key is still running.");
    }
    if (req->route->flags & ROUTE_SECRET)
        return err_field(err, ST_CONFLICT, "idempotency_secret", HEADER,
                         "This was done before, and its answer held a secret that is not kept.");

    int64_t code = db_i64(row, 0, 2);
    ret->code = (int)code;
    ret->kind = REPLY_BUF;
    buf_init(&ret->body, db_len(row, 0, 3) + 1);
    buf_add(&ret->body, db_text(row, 0, 3) ? db_text(row, 0, 3) : "", db_len(row, 0, 3));
    if (code >= 400)
        ret->type = "application/problem+json";
    if (!db_null(row, 0, 4))
        http_reply_header(ret, "Location", arena_strdup(req->arena, db_text(row, 0, 4)));
    http_reply_header(ret, "Idempotency-Replayed", "true");
    return ST_OK;
}

enum status idempotency_begin(struct http_req *req, const struct principal *me, struct http_reply *ret, bool *ret_done,
                              struct idempotency *ret_i, struct err *err)
{
    const char *key = NULL;
    unsigned char hash[AUTH_HASH_BYTES];
    enum status st = key_read(req, &key, err);
    if (st || !key)
        return st;
    request_hash(req, hash);
    /* Twice: the row may be freed between the two statements. */
    for (int tries = 0; tries < 2; tries++) {
        ROWS_AUTO taken = NULL;
        ROWS_AUTO before = NULL;
        st = db_run(req->thread, SQL_AUTH_IDEMPOTENCY_BEGIN, &taken, err, P_TEXT(me->account), P_TEXT(key),
                    P_TEXT(req->route->name), P_BYTES(hash, sizeof hash));
        if (st == ST_OK && db_count(taken) == 1) {
            ret_i->key = arena_strdup(req->arena, key);
            ret_i->taken = arena_strdup(req->arena, db_text(taken, 0, 0));
            return ST_OK;
        }
        if (st == ST_OK)
            st = db_run(req->thread, SQL_AUTH_IDEMPOTENCY_GET, &before, err, P_TEXT(me->account), P_TEXT(key));
        if (st)
            return st;
        if (db_count(before) == 1) {
            st = replay(req, before, hash, ret, err);
            *ret_done = st == ST_OK;
            return st;
        }
    }
    return err_field(err, ST_RETRY, "idempotency_racing", HEADER, "Another request with this key has just ended.");
}

static const char *reply_location(const struct http_reply *reply)
{
    for (unsigned i = 0; i < reply->n_hdr; i++) {
        if (str_eq(reply->hdr[i][0], "Location"))
            return reply->hdr[i][1];
    }
    return NULL;
}

void idempotency_end(struct http_req *req, const struct principal *me, const struct idempotency *i,
                     const struct http_reply *reply, enum status st, const struct err *err)
{
    struct err why = { 0 };
    struct http_reply problem = { 0 };
    const struct http_reply *keep = NULL;
    if (!i->key)
        return;
    if (st == ST_OK && reply->kind == REPLY_BUF && reply->code < 300) {
        keep = reply;
    } else if (st == ST_INVALID) {
        problem.code = reply->code;
        http_problem(req, err, &problem);
        keep = &problem;
    }
    if (keep) {
        bool secret = req->route->flags & ROUTE_SECRET;
        const char *body = secret ? NULL : arena_strndup(req->arena, keep->body.p, keep->body.len);
        st = db_run(req->thread, SQL_AUTH_IDEMPOTENCY_DONE, NULL, &why, P_TEXT(me->account), P_TEXT(i->key),
                    P_TEXT(i->taken), P_I64(keep->code ? keep->code : 200), P_TEXT(body), P_TEXT(reply_location(keep)));
    } else {
        st = db_run(req->thread, SQL_AUTH_IDEMPOTENCY_FORGET, NULL, &why, P_TEXT(me->account), P_TEXT(i->key),
                    P_TEXT(i->taken));
    }
    if (st)
        log_err(LOG_WARN, "idempotency.end", &why);
    buf_free(&problem.body);
}
