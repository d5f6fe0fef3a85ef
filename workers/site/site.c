/* The table of site kinds, and what they share. To add a kind: one file, one row here. */
#include "site.h"

#include "../../portal/core/str.h"

#include <stdlib.h>

static const struct site_ops *const site_kinds[] = { &site_slurm_ops, &site_null_ops };

enum status site_open(const char *kind, const char *id, struct site **ret_s, struct err *err)
{
    for (size_t i = 0; i < sizeof site_kinds / sizeof site_kinds[0]; i++) {
        if (!str_eq(site_kinds[i]->kind, kind))
            continue;
        struct site *s = calloc(1, sizeof *s);
        if (!s)
            abort();
        s->ops = site_kinds[i];
        enum status st = ST_OK;
        if (!str_fmt(s->id, sizeof s->id, "%s", id) || !str_fmt(s->prefix, sizeof s->prefix, "ath-%s-", id))
            st = err_set(err, ST_INVALID, "the site name %s is too long", id);
        if (!st)
            st = s->ops->open(s, err);
        if (st) {
            free(s);
            return st;
        }
        *ret_s = s;
        return ST_OK;
    }
    return err_set(err, ST_INVALID, "there is no kind of site called %s", kind);
}

void site_close(struct site *s)
{
    if (!s)
        return;
    s->ops->close(s);
    free(s);
}

enum site_outcome site_submit(struct site *s, const struct site_job *j, char ret_job_id[SITE_JOB_ID_MAX],
                              struct err *err)
{
    enum site_outcome o = s->ops->submit_send(s, j, err);
    return o == SITE_DONE ? s->ops->submit_receive(s, ret_job_id, err) : o;
}

void site_obs_free(struct site_obs_list *l)
{
    free(l->v);
    *l = (struct site_obs_list){ 0 };
}

const char *site_verb_name(enum site_verb v)
{
    static const char *const names[] = { "cancel", "hold", "release", "requeue" };
    return names[v];
}

bool site_job_ended(enum site_job_state s)
{
    return s >= SJ_END_DONE;
}

static const char *const state_names[] = { "pending", "held",    "running",       "completing", "ended",
                                           "failed",  "timeout", "out_of_memory", "cancelled",  "node_failed" };

const char *site_job_state_name(enum site_job_state s)
{
    return state_names[s];
}

bool site_job_state_parse(const char *name, enum site_job_state *ret_s)
{
    for (size_t i = 0; i < sizeof state_names / sizeof state_names[0]; i++) {
        if (str_eq(state_names[i], name)) {
            *ret_s = (enum site_job_state)i;
            return true;
        }
    }
    return false;
}
