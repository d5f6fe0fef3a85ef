/* Places that run jobs: what each last said about itself, when, and the same in words. */
#include "api.h"

#include "../model/json_in.h"

#include <string.h>

#define FACTS_MAX (1u << 20)

enum { C_ID, C_KIND, C_TITLE, C_ENABLED, C_FACTS, C_AS_OF, C_UNREACHABLE, C_PROBLEM, C_MODULES, C_ACTIVE };

static int64_t fact(const json_t *facts, const char *name)
{
    const json_t *v = json_object_get(facts, name);
    return json_is_integer(v) ? (int64_t)json_integer_value(v) : -1;
}

static void count_add(struct buf *b, int64_t n, const char *one, const char *many)
{
    if (n < 0)
        return;
    if (b->len)
        buf_adds(b, ", ");
    if (n == 0)
        buf_printf(b, "no %s", many);
    else
        buf_printf(b, "%lld %s", (long long)n, n == 1 ? one : many);
}

/* "Slurm 22.05.8: 1 node, 16 CPUs, no GPUs; 12 CPUs idle" - only what the site has told. */
static const char *site_words(struct arena *a, const json_t *facts)
{
    const char *version = json_string_value(json_object_get(facts, "version"));
    int64_t nodes = fact(facts, "nodes");
    int64_t up = fact(facts, "nodes_up");
    int64_t idle = fact(facts, "cpus_idle");
    BUF_AUTO b = { 0 };
    buf_init(&b, 4096);

    count_add(&b, nodes, "node", "nodes");
    count_add(&b, fact(facts, "cpus"), "CPU", "CPUs");
    count_add(&b, fact(facts, "gpus"), "GPU", "GPUs");
    if (!b.len)
        return NULL;
    if (nodes > 0 && up >= 0 && up < nodes)
        buf_printf(&b, "; %lld of the nodes down", (long long)(nodes - up));
    if (idle >= 0)
        buf_printf(&b, "; %lld CPU%s idle", (long long)idle, idle == 1 ? "" : "s");
    return version ? arena_printf(a, "%s: %s", version, b.p) : arena_strndup(a, b.p, b.len);
}

static void site_write(struct http_req *req, struct jsonw *w, const struct db_rows *r, int row)
{
    const char *text = db_text(r, row, C_FACTS);
    json_t *facts = NULL;

    if (text && json_read(text, strlen(text), FACTS_MAX, &facts, NULL) == ST_OK)
        (void)json_keep(facts, req->arena);
    jsonw_obj(w);
    api_ktext(w, "id", r, row, C_ID);
    api_ktext(w, "kind", r, row, C_KIND);
    api_ktext(w, "title", r, row, C_TITLE);
    jsonw_kbool(w, "enabled", db_bool(r, row, C_ENABLED));
    jsonw_kbool(w, "reachable", !db_null(r, row, C_AS_OF) && db_null(r, row, C_UNREACHABLE));
    api_ktime(w, "as_of", r, row, C_AS_OF);
    api_ktime(w, "unreachable_since", r, row, C_UNREACHABLE);
    api_ktext(w, "problem", r, row, C_PROBLEM);
    jsonw_kstr(w, "in_words", site_words(req->arena, facts));
    api_kjson(w, "facts", r, row, C_FACTS);
    api_kint(w, "modules", r, row, C_MODULES);
    api_kint(w, "active_runs", r, row, C_ACTIVE);
    jsonw_obj_end(w);
}

enum status api_sites_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO r = NULL;
    struct jsonw w;
    enum status st = db_run0(api_db(req), SQL_SITE_LIST, &r, err);

    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    jsonw_key(&w, "items");
    jsonw_arr(&w);
    for (int i = 0; i < db_count(r); i++)
        site_write(req, &w, r, i);
    jsonw_arr_end(&w);
    jsonw_knull(&w, "next_cursor");
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}
