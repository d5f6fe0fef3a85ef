/* Making a plan: template, structure, site and modules, parameters, quota - in the order in which each needs the ones
 * before it. A problem of one does not hide those of the others.
 */
#include "plan.h"

#include "run.h"

#include "../core/id.h"
#include "../core/str.h"

static void problem_add(struct plan *p, bool warning, const char *field, const char *code, const char *text,
                        const char *hint)
{
    if (p->n_extra < PLAN_EXTRA_MAX && text)
        p->extra[p->n_extra++] = (struct param_problem){
            .warning = warning, .field = field, .code = code, .text = text, .hint = hint ? hint : ""
        };
}

/* --- structure --------------------------------------------------------------------- */

static enum status structure_read(struct http_req *req, const struct plan_ask *ask, enum http_need need, struct plan *p,
                                  struct err *err)
{
    enum { PROJECT, STATE, FORMAT, FACTS, NAME, SHA256, BYTES, TRASHED };
    struct db_rows *r = NULL;
    const char *state;
    enum status st;

    if (!ask->structure)
        return ST_OK;
    if (!id_valid("str", ask->structure))
        return err_field(err, ST_INVALID, "bad_id", "structure", "This is not the id of a structure.");
    st = db_run(api_db(req), SQL_RUN_STRUCTURE, &r, err, P_TEXT(ask->structure));
    if (st)
        return st;
    db_rows_keep(r, req->arena);
    st = auth_project_check(api_db(req), req->principal, db_count(r) ? db_text(r, 0, PROJECT) : "", need, "structure",
                            err);
    /* The same words for one that is not there and one of strangers. */
    if (st == ST_NOTFOUND)
        return err_field(err, ST_NOTFOUND, "structure_not_found", "structure", "There is no such structure.");
    if (st)
        return st;
    if (!p->project)
        p->project = db_text(r, 0, PROJECT);
    state = db_text(r, 0, STATE);
    p->structure = ask->structure;
    p->structure_name = db_text(r, 0, NAME);
    p->format = db_text(r, 0, FORMAT);
    p->sha256 = db_text(r, 0, SHA256);
    if (!str_eq(p->project, db_text(r, 0, PROJECT)))
        problem_add(p, false, "structure", "other_project", "The structure belongs to another project.",
                    "Upload it to this project, or launch the run in the structure's project.");
    if (db_bool(r, 0, TRASHED))
        problem_add(p, false, "structure", "trashed", "The structure's file is in the trash.", "Restore it first.");
    if (str_eq(state, "inspecting"))
        problem_add(p, false, "structure", "inspecting", "The structure is still being inspected.",
                    "This takes a few seconds; try again then.");
    else if (str_eq(state, "refused"))
        problem_add(p, false, "structure", "refused", "The structure could not be read.",
                    "Its page says why; upload a corrected file.");
    if (!str_eq(state, "ready"))
        return ST_OK;
    return run_item_parse(req, db_text(r, 0, FACTS), &p->facts, err);
}

/* --- site and modules ----------------------------------------------------------------- */

/* Takes the modules of the site into the plan; false when one is missing (told if `tell`). */
static bool modules_take(struct http_req *req, struct plan *p, int site, bool tell)
{
    const struct template *t = p->entry->t;
    bool all = true;

    p->n_modules = 0;
    for (size_t i = 0; i < t->n_engines; i++) {
        const char *missing = NULL;
        const char *full =
            avail_module(&p->avail, site, req->arena, t->engines[i].module, t->engines[i].min_version, &missing);

        if (full && p->n_modules < PLAN_MODULES_MAX)
            p->modules[p->n_modules++] = full;
        if (!full && tell)
            problem_add(p, false, "site", "module_missing", missing,
                        "Ask an administrator to install it, or choose another site.");
        all = all && full;
    }
    return all;
}

/* The site asked for, or the first that has everything and answers, or the first that has everything. */
static enum status site_choose(struct http_req *req, const struct plan_ask *ask, struct plan *p, struct err *err)
{
    enum status st = avail_load(req, &p->avail, err);

    p->site = -1;
    if (st)
        return st;
    if (ask->site) {
        p->site = avail_site_find(&p->avail, ask->site);
        if (p->site < 0) {
            problem_add(p, false, "site", "site_not_found", "There is no such site.",
                        "Leave it out to have one chosen.");
            return ST_OK;
        }
    }
    for (int pass = 0; pass < 2 && p->site < 0; pass++)
        for (int i = 0; i < p->avail.n_sites && p->site < 0; i++)
            if ((pass > 0 || avail_site_reachable(&p->avail, i)) && modules_take(req, p, i, false))
                p->site = i;
    if (p->site < 0 && p->avail.n_sites > 0)
        p->site = 0; /* to say what is missing there */
    if (p->site < 0) {
        problem_add(p, false, "site", "no_site", "No site is configured yet, so nothing can run.",
                    "An administrator has to start a worker with a site.");
        return ST_OK;
    }
    (void)modules_take(req, p, p->site, true);
    if (!avail_site_reachable(&p->avail, p->site))
        problem_add(p, true, "site", "unreachable", "The site does not answer at the moment.",
                    "The run waits until it does.");
    return ST_OK;
}

/* What the site said about itself: CPUs and GPUs for expressions, the longest time any partition allows. */
static enum status facts_read(struct http_req *req, struct plan *p, struct fact_site *ret_f, bool *ret_known,
                              int64_t *ret_max_time_s, struct err *err)
{
    const json_t *partition, *cpus;
    json_t *facts = NULL;
    enum status st;
    size_t i;

    *ret_known = false;
    *ret_max_time_s = 0;
    if (p->site < 0)
        return ST_OK;
    st = run_item_parse(req, avail_site_facts(&p->avail, p->site), &facts, err);
    if (st)
        return st;
    cpus = json_object_get(facts, "cpus");
    if (!json_is_number(cpus))
        return ST_OK;
    *ret_known = true;
    *ret_f = (struct fact_site){ .cpus = json_number_value(cpus),
                                 .gpus = json_number_value(json_object_get(facts, "gpus")) };
    json_array_foreach(json_object_get(facts, "partitions"), i, partition)
    {
        int64_t max = json_integer_value(json_object_get(partition, "max_time_s"));

        if (max == 0) { /* one without a limit is enough */
            *ret_max_time_s = 0;
            break;
        }
        if (max > *ret_max_time_s)
            *ret_max_time_s = max;
    }
    return ST_OK;
}

/* --- parameters and quota ---------------------------------------------------------------- */

static enum status params_resolve(struct http_req *req, const struct plan_ask *ask, struct plan *p, struct err *err)
{
    struct fact_site site = { 0 };
    struct param_ask pa = { .preset = ask->preset, .params = ask->params };
    int64_t max_time_s;
    bool known;
    enum status st;

    st = facts_read(req, p, &site, &known, &max_time_s, err);
    if (st)
        return st;
    pa.facts = p->facts;
    pa.format = p->facts ? p->format : NULL;
    pa.site = known ? &site : NULL;
    p->preset = ask->preset;
    p->params = ask->params;
    st = param_resolve(req->arena, p->entry->t, &pa, &p->set, err);
    if (st)
        return st;
    if (max_time_s > 0 && p->set->res.walltime_s > max_time_s) {
        char most[64];

        run_duration_text((double)max_time_s, most, sizeof most);
        problem_add(p, false, "resources", "walltime_too_long",
                    arena_printf(req->arena, "The run asks for more time than the site allows (%s).", most),
                    p->entry->t->continues ? "Ask for less time; the run continues by itself from its checkpoint."
                                           : "Make the run shorter.");
    }
    return ST_OK;
}

static enum status quota_read(struct http_req *req, struct plan *p, struct err *err)
{
    ROWS_AUTO r = NULL;
    int64_t need = p->set->res.disk_b;
    enum status st;

    st = db_run(api_db(req), SQL_RUN_QUOTA, &r, err, P_TEXT(p->project), P_TEXT(api_me(req)->account));
    if (st)
        return st;
    for (int i = 0; i < db_count(r); i++) {
        bool project = str_eq(db_text(r, i, 0), "project");
        struct plan_quota q = { true, db_i64(r, i, 1), db_i64(r, i, 2), db_i64(r, i, 3) };

        if (project)
            p->quota_project = q;
        else
            p->quota_account = q;
        if (need > q.limit - q.used - q.reserved)
            problem_add(p, false, "resources", project ? "quota_project" : "quota_account",
                        project ? "The project has not enough storage left for this run."
                                : "You have not enough storage left for this run.",
                        API_QUOTA_HINT);
    }
    return ST_OK;
}

enum status plan_make(struct http_req *req, const struct plan_ask *ask, enum http_need need, struct plan *ret_p,
                      struct err *err)
{
    struct plan *p = ret_p;
    enum status st;

    *p = (struct plan){ .project = ask->project, .site = -1 };
    st = catalogue_find(req, ask->template, "template", &p->entry, err);
    if (!st && ask->project) {
        if (!id_valid("prj", ask->project))
            return err_field(err, ST_INVALID, "bad_id", "project", "This is not the id of a project.");
        st = auth_project_check(api_db(req), req->principal, ask->project, need, "project", err);
    }
    if (!st)
        st = structure_read(req, ask, NEED_VIEWER, p, err);
    if (!st)
        st = site_choose(req, ask, p, err);
    if (!st)
        st = params_resolve(req, ask, p, err);
    if (!st && p->project)
        st = quota_read(req, p, err);
    return st;
}

/* --- what came of it ------------------------------------------------------------------------ */

size_t plan_errors(const struct plan *p)
{
    size_t n = p->set->n_errors;

    for (size_t i = 0; i < p->n_extra; i++)
        n += !p->extra[i].warning;
    return n;
}

static void problems_write(struct jsonw *w, const struct param_problem *v, size_t n, bool warnings)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].warning != warnings)
            continue;
        jsonw_obj(w);
        jsonw_kstr(w, "field", v[i].field);
        jsonw_kstr(w, "code", v[i].code);
        jsonw_kstr(w, "text", v[i].text);
        jsonw_kstr(w, "hint", v[i].hint);
        jsonw_obj_end(w);
    }
}

void plan_problems_write(struct jsonw *w, const struct plan *p, bool warnings)
{
    jsonw_arr(w);
    problems_write(w, p->set->problems, p->set->n_problems, warnings);
    problems_write(w, p->extra, p->n_extra, warnings);
    jsonw_arr_end(w);
}

static const struct param_problem *first_error(const struct plan *p)
{
    for (size_t i = 0; i < p->set->n_problems; i++)
        if (!p->set->problems[i].warning)
            return &p->set->problems[i];
    for (size_t i = 0; i < p->n_extra; i++)
        if (!p->extra[i].warning)
            return &p->extra[i];
    return NULL;
}

enum status plan_refuse(struct http_req *req, struct http_reply *ret, const struct plan *p, struct err *err)
{
    const struct param_problem *first = first_error(p);
    struct jsonw w;

    api_json_begin(ret, 422, &w);
    ret->type = "application/problem+json";
    ret->cache = "no-store";
    jsonw_obj(&w);
    jsonw_kstr(&w, "type", "about:blank");
    jsonw_kstr(&w, "title", "The run cannot be launched like this");
    jsonw_ki64(&w, "status", 422);
    jsonw_kstr(&w, "code", first->code);
    jsonw_kstr(&w, "detail", first->text);
    jsonw_kstr(&w, "field", first->field);
    jsonw_kstr(&w, "hint", first->hint);
    jsonw_kstr(&w, "request_id", req->id);
    jsonw_key(&w, "errors");
    plan_problems_write(&w, p, false);
    jsonw_key(&w, "warnings");
    plan_problems_write(&w, p, true);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status plan_spec(struct http_req *req, const struct plan *p, const char **ret_json, struct err *err)
{
    struct jobspec js = { .template_id = p->entry->t->id,
                          .template_version = p->entry->t->version,
                          .preset = p->preset,
                          .structure_id = p->structure,
                          .sha256 = p->sha256,
                          .format = p->format,
                          .structure_name = p->structure_name,
                          .params = p->params,
                          .modules = p->modules,
                          .n_modules = p->n_modules };
    struct jsonw w;
    BUF_AUTO b = { 0 };

    buf_init(&b, JOBSPEC_BYTES_MAX);
    jsonw_init(&w, &b);
    jobspec_write(&w, &js, p->set);
    if (!buf_ok(&b))
        return err_field(err, ST_TOOBIG, "spec_too_big", "params", "The parameters are too long to be stored.");
    *ret_json = arena_strndup(req->arena, b.p, b.len);
    return ST_OK;
}
