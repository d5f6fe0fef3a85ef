/* POST /runs and POST /runs/:id/rerun: launching.
 *
 * The plan is checked again as a whole, then one transaction inserts the run, reserves its disk space, wakes a worker
 * and appends `submit`. Exactly once: the guard replays a stored reply for a repeated Idempotency-Key, and should the
 * process die between this commit and that store, client_key (a digest of route, key and body) makes the repeat find
 * the run instead of making a second one.
 * A rerun is its parent's request with changes; what differs between the two resolved parameter sets is kept as
 * parent_diff for ever.
 */
#include "plan.h"
#include "run.h"

#include "../core/conf.h"
#include "../core/id.h"
#include "../core/str.h"
#include "../model/json_in.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct launch {
    char id[ID_MAX];
    char client_key[crypto_hash_sha256_BYTES * 2 + 1];
    const char *project, *account, *parent, *name, *structure, *site, *template, *version;
    const char *spec, *diff;
    int64_t disk_b;
    bool repeated; /* an earlier try of this request made the run */
};

static void client_key_make(const struct http_req *req, char out[crypto_hash_sha256_BYTES * 2 + 1])
{
    const char *parts[] = { req->route->name, req->arg[0] ? req->arg[0] : "", http_header(req, "Idempotency-Key") };
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state h;

    crypto_hash_sha256_init(&h);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) /* with its NUL, so that parts cannot run together */
        crypto_hash_sha256_update(&h, (const unsigned char *)(parts[i] ? parts[i] : ""),
                                  strlen(parts[i] ? parts[i] : "") + 1);
    crypto_hash_sha256_update(&h, (const unsigned char *)req->body, req->body_len);
    crypto_hash_sha256_final(&h, hash);
    hex_encode(hash, sizeof hash, out);
}

static enum status launch_tx(struct db *db, void *ctx, struct err *err)
{
    struct launch *l = ctx;
    ROWS_AUTO r = NULL;
    enum status st;

    l->repeated = false;
    st = db_run(db, SQL_RUN_INSERT, &r, err, P_TEXT(l->id), P_TEXT(l->project), P_TEXT(l->account), P_TEXT(l->parent),
                P_TEXT(l->name), P_TEXT(l->template), P_TEXT(l->version), P_TEXT(l->structure), P_TEXT(l->site),
                P_TEXT(l->spec), P_TEXT(l->diff), P_I64(l->disk_b), P_TEXT(l->client_key));
    if (st)
        return st;
    if (db_count(r) == 0) {
        l->repeated = true;
        return ST_OK;
    }
    st = db_run(db, SQL_RUN_QUOTA_RESERVE, NULL, err, P_TEXT(l->project), P_TEXT(l->account), P_I64(l->disk_b));
    if (!st)
        st = db_run0(db, SQL_RUN_WAKE_WORKER, NULL, err);
    if (!st) /* last: from here to the commit appends of all runs wait for us */
        st = db_run(db, SQL_RUN_ASK, NULL, err, P_TEXT(l->id), P_I64(0), P_TEXT("submit"), P_I64(0), P_TEXT(l->account),
                    P_TEXT("{}"));
    return st;
}

/* The run that the earlier try made takes the place of l->id. */
static enum status launch_find(struct http_req *req, struct launch *l, struct err *err)
{
    ROWS_AUTO r = NULL;
    enum status st = db_run(api_db(req), SQL_RUN_BY_CLIENT_KEY, &r, err, P_TEXT(l->account), P_TEXT(l->client_key));

    if (st)
        return st;
    if (db_count(r) == 0)
        return err_set(err, ST_RETRY, "The run is being made by another request; repeat it in a moment.");
    (void)str_fmt(l->id, sizeof l->id, "%s", db_text(r, 0, 0));
    return ST_OK;
}

static const char *default_name(struct http_req *req, const struct plan *p)
{
    if (!p->structure_name)
        return p->entry->t->title;
    return arena_printf(req->arena, "%.140s: %.140s", p->entry->t->title, p->structure_name);
}

/* A name cut in the middle of a character would not be UTF-8 any more. */
static const char *name_clean(struct http_req *req, const char *name)
{
    char *out = arena_alloc(req->arena, 601);

    utf8_sanitize(name, strlen(name), out, 601);
    return out;
}

static enum status launch_plan(struct http_req *req, struct http_reply *ret, const struct plan *p, const char *name,
                               const char *parent, const char *diff, struct err *err)
{
    struct launch l = { .project = p->project,
                        .account = api_me(req)->account,
                        .parent = parent,
                        .name = name ? name : name_clean(req, default_name(req, p)),
                        .structure = p->structure,
                        .template = p->entry->t->id,
                        .version = p->entry->t->version,
                        .diff = diff,
                        .disk_b = p->set->res.disk_b };
    enum status st;

    if (plan_errors(p) > 0)
        return plan_refuse(req, ret, p, err);
    l.site = avail_site_id(&p->avail, p->site);
    st = plan_spec(req, p, &l.spec, err);
    if (st)
        return st;
    id_new("run", l.id);
    client_key_make(req, l.client_key);
    st = db_tx(api_db(req), DB_READ_COMMITTED, launch_tx, &l, err);
    if (!st && l.repeated)
        st = launch_find(req, &l, err);
    if (st == ST_QUOTA)
        err_hint(err, API_QUOTA_HINT);
    if (st)
        return st;
    st = run_reply(req, ret, 201, arena_strdup(req->arena, l.id), err);
    api_location(req, ret, "runs", l.id);
    return st;
}

/* --- a run and its parent --------------------------------------------------------------- */

/* The parent's jobspec; arena memory. */
static enum status parent_spec(struct http_req *req, const char *run, struct db_rows **ret_r, json_t **ret_spec,
                               struct err *err)
{
    struct db_rows *r = NULL;
    enum status st = db_run(api_db(req), SQL_RUN_SPEC, &r, err, P_TEXT(run));

    if (st)
        return st;
    db_rows_keep(r, req->arena);
    if (db_count(r) == 0)
        return err_field(err, ST_NOTFOUND, "run_not_found", NULL, "There is no such run.");
    *ret_r = r;
    return run_item_parse(req, db_text(r, 0, 0), ret_spec, err);
}

static void diff_item(struct jsonw *w, const char *name, const json_t *before, const json_t *after, bool *any)
{
    bool numbers = json_is_number(before) && json_is_number(after);
    char *a, *b;

    /* 1 and 1.0 are the same value written twice, so numbers are compared as numbers. */
    if (numbers ? json_number_value(before) == json_number_value(after) : json_equal(before, after) || before == after)
        return;
    *any = true;
    a = before ? json_dumps(before, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) : NULL;
    b = after ? json_dumps(after, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) : NULL;
    jsonw_key(w, name);
    jsonw_obj(w);
    jsonw_kraw(w, "before", a);
    jsonw_kraw(w, "after", b);
    jsonw_obj_end(w);
    free(a);
    free(b);
}

/* {"params":{name:{before, after}}, "structure":{…}, …}: only what differs; NULL when nothing does. */
static enum status rerun_diff(struct http_req *req, const char *parent, const struct plan *p, const char **ret_diff,
                              struct err *err)
{
    struct db_rows *r = NULL;
    json_t *before = NULL, *after = NULL, *v;
    const char *spec, *name;
    bool any = false;
    struct jsonw w;
    BUF_AUTO b = { 0 };
    enum status st;

    buf_init(&b, JOBSPEC_BYTES_MAX);
    st = parent_spec(req, parent, &r, &before, err);
    if (!st)
        st = plan_spec(req, p, &spec, err);
    if (!st)
        st = run_item_parse(req, spec, &after, err);
    if (st)
        return st;
    jsonw_init(&w, &b);
    jsonw_obj(&w);
    diff_item(&w, "template", json_object_get(before, "template"), json_object_get(after, "template"), &any);
    diff_item(&w, "structure", json_object_get(json_object_get(before, "structure"), "id"),
              json_object_get(json_object_get(after, "structure"), "id"), &any);
    jsonw_key(&w, "params");
    jsonw_obj(&w);
    json_object_foreach(json_object_get(after, "resolved"), name, v)
        diff_item(&w, name, json_object_get(json_object_get(before, "resolved"), name), v, &any);
    json_object_foreach(json_object_get(before, "resolved"), name,
                        v) if (!json_object_get(json_object_get(after, "resolved"), name))
        diff_item(&w, name, v, NULL, &any);
    jsonw_obj_end(&w);
    jsonw_obj_end(&w);
    *ret_diff = any ? arena_strndup(req->arena, b.p, b.len) : "{\"params\":{}}";
    return ST_OK;
}

/* --- POST /runs --------------------------------------------------------------------- */

/* A parent named by hand: a run of the same project. */
static enum status parent_check(struct http_req *req, const char *parent, const char *project, struct err *err)
{
    ROWS_AUTO r = NULL;
    enum status st;

    if (!parent)
        return ST_OK;
    if (!id_valid("run", parent))
        return err_field(err, ST_INVALID, "bad_id", "parent", "This is not the id of a run.");
    st = db_run(api_db(req), SQL_RUN_HEAD, &r, err, P_TEXT(parent));
    if (!st && (db_count(r) == 0 || !str_eq(db_text(r, 0, 0), project)))
        st = err_field(err, ST_NOTFOUND, "run_not_found", "parent", "The project has no such run.");
    return st;
}

enum status api_runs_create(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct plan_ask ask = { 0 };
    const char *name = NULL, *parent = NULL, *diff = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("project", JF_REQUIRED, 1, 64, &ask.project),
        JSON_ROW_STR("template", JF_REQUIRED, 1, 64, &ask.template),
        JSON_ROW_STR("structure", JF_NULL, 1, 64, &ask.structure),
        JSON_ROW_STR("preset", JF_NULL, 1, 64, &ask.preset),
        JSON_ROW_STR("site", JF_NULL, 1, 64, &ask.site),
        JSON_ROW_STR("name", JF_NULL, 1, 300, &name),
        JSON_ROW_STR("parent", JF_NULL, 1, 64, &parent),
        JSON_ROW_OBJ("params", JF_NULL, &ask.params),
    };
    struct plan p;
    enum status st;

    st = JSON_BODY(req->arena, req->body, req->body_len, (size_t)g_conf->json_body_max, rows, err);
    if (!st)
        st = plan_make(req, &ask, NEED_MEMBER, &p, err);
    if (!st)
        st = parent_check(req, parent, ask.project, err);
    if (!st && parent)
        st = rerun_diff(req, parent, &p, &diff, err);
    return st ? st : launch_plan(req, ret, &p, name, parent, diff, err);
}

/* --- POST /runs/:id/rerun --------------------------------------------------------------- */

/* The parent's own parameters with the changes over them; null takes one back to its default. */
static json_t *params_merge(struct http_req *req, const json_t *parent, const json_t *changes)
{
    json_t *out = json_is_object(parent) ? json_deep_copy(parent) : json_object(), *v;
    const char *name;

    json_keep(out, req->arena);
    json_object_foreach((json_t *)changes, name, v)
    {
        if (json_is_null(v))
            (void)json_object_del(out, name);
        else
            (void)json_object_set(out, name, v);
    }
    return out;
}

enum status api_run_rerun(struct http_req *req, struct http_reply *ret, struct err *err)
{
    enum { SPEC, PROJECT, NAME, SITE };
    const char *parent = req->arg[0], *name = NULL, *site = NULL, *diff = NULL;
    json_t *changes = NULL, *spec = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_NULL, 1, 300, &name),
        JSON_ROW_STR("site", JF_NULL, 1, 64, &site),
        JSON_ROW_OBJ("params", JF_NULL, &changes),
    };
    struct plan_ask ask = { 0 };
    struct db_rows *r = NULL;
    struct plan p;
    enum status st;

    st = JSON_BODY(req->arena, req->body, req->body_len, (size_t)g_conf->json_body_max, rows, err);
    if (!st)
        st = parent_spec(req, parent, &r, &spec, err);
    if (st)
        return st;
    ask = (struct plan_ask){
        .project = db_text(r, 0, PROJECT),
        .template = json_string_value(json_object_get(json_object_get(spec, "template"), "id")),
        .structure = json_string_value(json_object_get(json_object_get(spec, "structure"), "id")),
        .preset = json_string_value(json_object_get(spec, "preset")),
        .site = site,
        .params = params_merge(req, json_object_get(spec, "params"), changes),
    };
    st = plan_make(req, &ask, NEED_MEMBER, &p, err);
    if (!st)
        st = rerun_diff(req, parent, &p, &diff, err);
    return st ? st : launch_plan(req, ret, &p, name ? name : db_text(r, 0, NAME), parent, diff, err);
}
