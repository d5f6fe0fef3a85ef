/* GET /account/preferences, PUT and DELETE /account/preferences/:key: what a person set up for themselves, kept for
 * them as JSON that means nothing here. Both bounds - how many, how large - are kept so that this is no storage.
 */
#include "api.h"

#include "../core/str.h"
#include "../model/json_in.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 16384
#define KEYS_MAX  64
#define KEY_MAX   64

static enum status key_check(const char *key, struct err *err)
{
    size_t n = strlen(key);
    bool fits = n >= 1 && n <= KEY_MAX && key[0] != '.' && key[0] != '_' && key[0] != '-';

    if (fits && strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == n)
        return ST_OK;
    return err_field(err, ST_INVALID, "bad_key", "key",
                     "A key has 1 to %d letters, digits, \".\", \"_\" or \"-\" and begins with a letter or digit.",
                     KEY_MAX);
}

/* {key: value, …}: an object, since keys are what clients look by. */
enum status api_preferences_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO r = NULL;
    struct jsonw w;
    enum status st = db_run(api_db(req), SQL_PREFERENCE_LIST, &r, err, P_TEXT(api_me(req)->account));

    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    for (int i = 0; i < db_count(r); i++)
        api_kjson(&w, db_text(r, i, 0), r, i, 1);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

struct preference {
    const char *account, *key, *value;
};

static enum status put_tx(struct db *db, void *ctx, struct err *err)
{
    const struct preference *p = ctx;
    ROWS_AUTO r = NULL;
    enum status st = db_run(db, SQL_ACCOUNT_LOCK, NULL, err, P_TEXT(p->account));

    if (!st)
        st = db_run(db, SQL_PREFERENCE_PUT, &r, err, P_TEXT(p->account), P_TEXT(p->key), P_TEXT(p->value),
                    P_I64(KEYS_MAX));
    if (!st && db_count(r) == 0) {
        err_field(err, ST_CONFLICT, "too_many_preferences", "key", "There are %d preferences already.", KEYS_MAX);
        return err_hint(err, "Delete one that is no longer used.");
    }
    return st;
}

enum status api_preferences_put(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct preference p = { .account = api_me(req)->account, .key = req->arg[0] };
    json_t *doc = NULL;
    enum status st = key_check(p.key, err);

    if (!st) /* read only to know that it is sound JSON */
        st = json_read(req->body, req->body_len, VALUE_MAX, &doc, err);
    json_decref(doc);
    if (st)
        return st;
    p.value = req->body;
    st = db_tx(api_db(req), DB_READ_COMMITTED, put_tx, &p, err);
    if (!st)
        api_no_content(ret);
    return st;
}

enum status api_preferences_delete(struct http_req *req, struct http_reply *ret, struct err *err)
{
    enum status st = key_check(req->arg[0], err);

    if (!st)
        st = db_run(api_db(req), SQL_PREFERENCE_DELETE, NULL, err, P_TEXT(api_me(req)->account), P_TEXT(req->arg[0]));
    if (!st)
        api_no_content(ret);
    return st;
}
