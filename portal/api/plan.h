/* A run as somebody wants it, checked as a whole: parameters, structure, site, modules, quota. The estimate shows the
 * plan, rendering fills the input files from it, launching refuses it when it has errors and stores it otherwise, so
 * all three agree by construction.
 */
#ifndef ATH_API_PLAN_H
#define ATH_API_PLAN_H

#include "avail.h"
#include "catalogue.h"

#include "../model/jobspec.h"
#include "../model/param.h"

#define PLAN_MODULES_MAX 16
#define PLAN_EXTRA_MAX   32

struct plan_ask {
    const char *project, *template, *structure, *preset, *site; /* NULL: not said */
    json_t *params;                                             /* NULL: none */
};

struct plan_quota {
    bool known;
    int64_t limit, used, reserved;
};

struct plan {
    const struct catalogue_entry *entry;
    const struct param_set *set;
    const char *project; /* NULL: not said and no structure tells */
    const char *preset, *structure, *structure_name, *format, *sha256;
    json_t *facts, *params;
    struct avail avail;
    int site; /* -1: none */
    const char *modules[PLAN_MODULES_MAX];
    size_t n_modules;
    struct plan_quota quota_project, quota_account;
    struct param_problem extra[PLAN_EXTRA_MAX]; /* what only the portal knows; in addition to set->problems */
    size_t n_extra;
};

/* Checks everything; problems are listed in the plan. need: role asked for on the project. Fails only when the request
 * makes no sense at all (no such template, a project or structure that is not mine). */
enum status plan_make(struct http_req *req, const struct plan_ask *ask, enum http_need need, struct plan *ret_p,
                      struct err *err);
size_t plan_errors(const struct plan *p);
/* [{field, code, text, hint}] */
void plan_problems_write(struct jsonw *w, const struct plan *p, bool warnings);
/* 422 problem+json with the first error as code, detail and field, and all of them in "errors". */
enum status plan_refuse(struct http_req *req, struct http_reply *ret, const struct plan *p, struct err *err);
/* run.spec, arena memory. */
enum status plan_spec(struct http_req *req, const struct plan *p, const char **ret_json, struct err *err);

#endif
