/* A resolved parameter set as JSON, for answers of the API and for the jobspec. */
#include "param.h"

#include <math.h>

static void value_write(struct jsonw *w, const struct param_value *v)
{
    if (v->type == PT_ENUM)
        jsonw_str(w, v->word);
    else if (v->type == PT_BOOLEAN)
        jsonw_bool(w, v->num != 0);
    else
        jsonw_double(w, v->num);
}

void param_values_write(struct jsonw *w, const struct param_set *s)
{
    jsonw_obj(w);
    for (size_t i = 0; i < s->t->n_params; i++) {
        jsonw_key(w, s->t->params[i].name);
        value_write(w, &s->values[i]);
    }
    jsonw_obj_end(w);
}

void param_derived_write(struct jsonw *w, const struct param_set *s)
{
    jsonw_obj(w);
    for (size_t i = 0; i < s->t->n_derived; i++)
        if (s->derived_ok[i])
            jsonw_kdouble(w, s->t->derived[i].name, s->derived[i]);
    jsonw_obj_end(w);
}

void param_resources_write(struct jsonw *w, const struct param_resources *r)
{
    jsonw_obj(w);
    jsonw_ki64(w, "nodes", r->nodes);
    jsonw_ki64(w, "cpus", r->cpus);
    jsonw_ki64(w, "gpus", r->gpus);
    jsonw_ki64(w, "memory_mb", r->memory_mb);
    jsonw_ki64(w, "walltime_s", r->walltime_s);
    jsonw_ki64(w, "disk_b", r->disk_b);
    jsonw_obj_end(w);
}

void param_estimate_write(struct jsonw *w, const struct param_set *s)
{
    jsonw_obj(w);
    jsonw_kdouble(w, "wall_s", s->has_wall ? s->wall_s : (double)NAN);
    jsonw_kdouble(w, "atoms", s->has_atoms ? s->atoms : (double)NAN);
    jsonw_kstr(w, "note", s->t->estimate_note);
    jsonw_obj_end(w);
}

void param_problems_write(struct jsonw *w, const struct param_set *s, bool warnings)
{
    jsonw_arr(w);
    for (size_t i = 0; i < s->n_problems; i++) {
        const struct param_problem *p = &s->problems[i];
        if (p->warning != warnings)
            continue;
        jsonw_obj(w);
        jsonw_kstr(w, "field", p->field);
        jsonw_kstr(w, "code", p->code);
        jsonw_kstr(w, "text", p->text);
        jsonw_kstr(w, "hint", p->hint);
        jsonw_obj_end(w);
    }
    jsonw_arr_end(w);
}
