/* POST /templates/:id/estimate and /templates/:id/render: everything about a run that does not exist yet.
 *
 * The estimate answers 200 also when the plan has errors: listing them, all at once, is its purpose. Rendering shows
 * the engine's input files as this plan would write them; while the plan has errors in its parameters there is nothing
 * to show, and the errors are the answer.
 */
#include "plan.h"
#include "run.h"

#include "../core/conf.h"
#include "../core/str.h"
#include "../model/json_in.h"
#include "../model/render.h"

#define INPUT_MAX (1 << 20)

static enum status ask_read(struct http_req *req, struct plan_ask *ret_a, struct err *err)
{
    struct plan_ask a = { .template = req->arg[0] };
    const struct json_row rows[] = {
        JSON_ROW_STR("project", JF_NULL, 1, 64, &a.project), JSON_ROW_STR("structure", JF_NULL, 1, 64, &a.structure),
        JSON_ROW_STR("preset", JF_NULL, 1, 64, &a.preset),   JSON_ROW_STR("site", JF_NULL, 1, 64, &a.site),
        JSON_ROW_OBJ("params", JF_NULL, &a.params),
    };
    enum status st = JSON_BODY(req->arena, req->body, req->body_len, (size_t)g_conf->json_body_max, rows, err);

    *ret_a = a;
    return st;
}

static void quota_write(struct jsonw *w, const char *key, const struct plan_quota *q, int64_t need)
{
    jsonw_key(w, key);
    if (!q->known) {
        jsonw_null(w);
        return;
    }
    jsonw_obj(w);
    jsonw_ki64(w, "limit_b", q->limit);
    jsonw_ki64(w, "before_b", q->used + q->reserved);
    jsonw_ki64(w, "after_b", q->used + q->reserved + need);
    jsonw_obj_end(w);
}

static void site_write(struct jsonw *w, const struct plan *p)
{
    jsonw_key(w, "site");
    if (p->site < 0) {
        jsonw_null(w);
        return;
    }
    jsonw_obj(w);
    jsonw_kstr(w, "id", avail_site_id(&p->avail, p->site));
    jsonw_kstr(w, "title", avail_site_title(&p->avail, p->site));
    jsonw_kbool(w, "reachable", avail_site_reachable(&p->avail, p->site));
    jsonw_kraw(w, "facts", avail_site_facts(&p->avail, p->site));
    jsonw_obj_end(w);
}

/* One sentence of the size of it. */
static void summary_write(struct http_req *req, struct jsonw *w, const struct plan *p)
{
    const struct param_resources *r = &p->set->res;
    char wall[64], gpus[48] = "";

    if (!p->set->has_wall) {
        jsonw_knull(w, "summary");
        return;
    }
    run_duration_text(p->set->wall_s, wall, sizeof wall);
    if (r->gpus > 0)
        (void)str_fmt(gpus, sizeof gpus, " and %lld GPU%s", (long long)r->gpus, r->gpus == 1 ? "" : "s");
    jsonw_kstr(w, "summary",
               arena_printf(req->arena, "%s: about %s on %lld CPU%s%s.", p->entry->t->title, wall, (long long)r->cpus,
                            r->cpus == 1 ? "" : "s", gpus));
}

enum status api_templates_estimate(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct plan_ask ask = { 0 };
    struct plan p;
    struct jsonw w;
    enum status st;

    st = ask_read(req, &ask, err);
    if (!st)
        st = plan_make(req, &ask, NEED_VIEWER, &p, err);
    if (st)
        return st;
    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_kstr(&w, "template", p.entry->t->id);
    jsonw_kstr(&w, "template_version", p.entry->t->version);
    jsonw_kbool(&w, "ok", plan_errors(&p) == 0);
    jsonw_key(&w, "errors");
    plan_problems_write(&w, &p, false);
    jsonw_key(&w, "warnings");
    plan_problems_write(&w, &p, true);
    jsonw_key(&w, "resolved");
    param_values_write(&w, p.set);
    jsonw_key(&w, "derived");
    param_derived_write(&w, p.set);
    jsonw_key(&w, "resources");
    param_resources_write(&w, &p.set->res);
    jsonw_key(&w, "estimate");
    param_estimate_write(&w, p.set);
    summary_write(req, &w, &p);
    site_write(&w, &p);
    jsonw_key(&w, "modules");
    jsonw_arr(&w);
    for (size_t i = 0; i < p.n_modules; i++)
        jsonw_str(&w, p.modules[i]);
    jsonw_arr_end(&w);
    jsonw_key(&w, "quota");
    jsonw_obj(&w);
    quota_write(&w, "project", &p.quota_project, p.set->res.disk_b);
    quota_write(&w, "account", &p.quota_account, p.set->res.disk_b);
    jsonw_obj_end(&w);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

/* One input file of the template, filled in. */
static enum status input_write(struct jsonw *w, const struct plan *p, const struct tpl_input *in, struct err *err)
{
    BUF_AUTO text = { 0 };
    BUF_AUTO out = { 0 };
    enum status st;

    buf_init(&text, 0);
    buf_init(&out, INPUT_MAX);
    st = catalogue_file(p->entry->t, in->path, INPUT_MAX, &text, err);
    if (!st)
        st = render_text(text.p ? text.p : "", text.len, param_lookup, (void *)p->set, &out, err);
    if (st) {
        err_wrap(err, "The template's file %s", in->output);
        return err && st != ST_UNAVAIL ? (err->st = ST_FATAL) : st; /* a defect of the template, not of the request */
    }
    jsonw_obj(w);
    jsonw_kstr(w, "name", in->output);
    jsonw_kstr(w, "label", in->label);
    jsonw_key(w, "text");
    jsonw_strn(w, out.p ? out.p : "", out.len);
    jsonw_obj_end(w);
    return ST_OK;
}

enum status api_templates_render(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct plan_ask ask = { 0 };
    struct plan p;
    struct jsonw w;
    enum status st;

    st = ask_read(req, &ask, err);
    if (!st)
        st = plan_make(req, &ask, NEED_VIEWER, &p, err);
    if (st)
        return st;
    if (p.set->n_errors > 0)
        return plan_refuse(req, ret, &p, err);
    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_key(&w, "files");
    jsonw_arr(&w);
    for (size_t i = 0; i < p.entry->t->n_inputs; i++) {
        st = input_write(&w, &p, &p.entry->t->inputs[i], err);
        if (st)
            return st;
    }
    jsonw_arr_end(&w);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}
