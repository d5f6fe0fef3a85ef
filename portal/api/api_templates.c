/* GET /templates and GET /templates/:id: what can be simulated, and where.
 *
 * The form of a template is its template.json, passed through: parameters with units, ranges, defaults and reasons,
 * presets, rules in words. Beside it stands what only the portal knows: at which sites every module it needs is there.
 */
#include "avail.h"
#include "catalogue.h"

#include "../core/str.h"

#define README_MAX (256 * 1024)

static void engines_write(struct jsonw *w, const struct template *t)
{
    jsonw_key(w, "engines");
    jsonw_arr(w);
    for (size_t i = 0; i < t->n_engines; i++) {
        jsonw_obj(w);
        jsonw_kstr(w, "module", t->engines[i].module);
        jsonw_kstr(w, "min_version", t->engines[i].min_version);
        jsonw_obj_end(w);
    }
    jsonw_arr_end(w);
}

/* "sites" and "available": true when one site at least has everything. */
static void sites_write(struct http_req *req, struct jsonw *w, const struct template *t, const struct avail *a)
{
    bool anywhere = false;

    jsonw_key(w, "sites");
    jsonw_arr(w);
    for (int s = 0; s < a->n_sites; s++) {
        bool all = true;

        jsonw_obj(w);
        jsonw_kstr(w, "id", avail_site_id(a, s));
        jsonw_kstr(w, "title", avail_site_title(a, s));
        jsonw_kbool(w, "reachable", avail_site_reachable(a, s));
        jsonw_key(w, "modules");
        jsonw_arr(w);
        for (size_t i = 0; i < t->n_engines; i++) {
            const char *missing;
            const char *full =
                avail_module(a, s, req->arena, t->engines[i].module, t->engines[i].min_version, &missing);

            if (full)
                jsonw_str(w, full);
        }
        jsonw_arr_end(w);
        jsonw_key(w, "missing");
        jsonw_arr(w);
        for (size_t i = 0; i < t->n_engines; i++) {
            const char *missing;

            if (avail_module(a, s, req->arena, t->engines[i].module, t->engines[i].min_version, &missing))
                continue;
            jsonw_str(w, missing);
            all = false;
        }
        jsonw_arr_end(w);
        jsonw_kbool(w, "available", all);
        jsonw_obj_end(w);
        anywhere = anywhere || all;
    }
    jsonw_arr_end(w);
    jsonw_kbool(w, "available", anywhere);
}

static void head_write(struct jsonw *w, const struct template *t)
{
    jsonw_kstr(w, "id", t->id);
    jsonw_kstr(w, "version", t->version);
    jsonw_kstr(w, "title", t->title);
    jsonw_kstr(w, "question", t->question);
    jsonw_kstr(w, "summary", t->summary);
    jsonw_kstr(w, "category", t->category);
    engines_write(w, t);
    jsonw_key(w, "structures");
    jsonw_obj(w);
    jsonw_kbool(w, "required", t->structure_required);
    jsonw_key(w, "formats");
    jsonw_arr(w);
    for (size_t i = 0; i < t->n_formats; i++)
        jsonw_str(w, t->formats[i]);
    jsonw_arr_end(w);
    jsonw_obj_end(w);
}

enum status api_templates_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const struct catalogue *c = NULL;
    struct avail a = { 0 };
    struct jsonw w;
    enum status st;

    st = catalogue_get(req, &c, err);
    if (!st)
        st = avail_load(req, &a, err);
    if (st)
        return st;
    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_key(&w, "items");
    jsonw_arr(&w);
    for (size_t i = 0; i < c->n; i++) {
        jsonw_obj(&w);
        head_write(&w, c->v[i].t);
        sites_write(req, &w, c->v[i].t, &a);
        jsonw_obj_end(&w);
    }
    jsonw_arr_end(&w);
    jsonw_knull(&w, "next_cursor"); /* a list like the others; all templates fit one page */
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status api_templates_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const struct catalogue_entry *e = NULL;
    struct avail a = { 0 };
    BUF_AUTO readme = { 0 };
    struct jsonw w;
    enum status st;

    buf_init(&readme, 0);
    st = catalogue_find(req, req->arg[0], NULL, &e, err);
    if (!st)
        st = avail_load(req, &a, err);
    if (st)
        return st;
    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    head_write(&w, e->t);
    sites_write(req, &w, e->t, &a);
    jsonw_kraw(&w, "template", e->doc);
    if (catalogue_file(e->t, "README.md", README_MAX, &readme, NULL) == ST_OK) {
        jsonw_key(&w, "readme");
        jsonw_strn(&w, readme.p, readme.len);
    } else {
        jsonw_knull(&w, "readme");
    }
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}
