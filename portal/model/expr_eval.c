/* Evaluation: every intermediate value is finite or an error that names the operation. */
#include "expr_tree.h"

#include "../core/str.h"

#include <math.h>

struct eval {
    expr_lookup *lookup;
    void *ctx;
    struct err *err;
};

static enum status eval(struct eval *ev, const struct expr *e, struct expr_value *ret_v);

static enum status finite_set(struct eval *ev, double v, const char *what, struct expr_value *ret_v)
{
    if (!isfinite(v))
        return err_field(ev->err, ST_INVALID, "expr_range", NULL, "%s gives no finite number", what);
    *ret_v = (struct expr_value){ .type = EXPR_NUM, .num = v };
    return ST_OK;
}

static enum status eval_num(struct eval *ev, const struct expr *e, double *ret_v)
{
    struct expr_value v = { 0 };
    enum status st = eval(ev, e, &v);

    if (st != ST_OK)
        return st;
    if (v.type != EXPR_NUM)
        return err_field(ev->err, ST_INVALID, "expr_type", NULL, "the word \"%.64s\" is used as a number", v.word);
    *ret_v = v.num;
    return ST_OK;
}

static enum status eval_name(struct eval *ev, const struct expr *e, struct expr_value *ret_v)
{
    if (!ev->lookup(ev->ctx, e->text, ret_v))
        return err_field(ev->err, ST_INVALID, "expr_name", NULL, "%s is not known", e->text);
    return ret_v->type == EXPR_NUM ? finite_set(ev, ret_v->num, e->text, ret_v) : ST_OK;
}

static enum status eval_equal(struct eval *ev, const struct expr *e, struct expr_value *ret_v)
{
    struct expr_value a = { 0 }, b = { 0 };
    enum status st = eval(ev, e->kid[0], &a);

    if (st == ST_OK)
        st = eval(ev, e->kid[1], &b);
    if (st != ST_OK)
        return st;
    if (a.type != b.type)
        return err_field(ev->err, ST_INVALID, "expr_type", NULL, "a word is compared with a number");
    bool same = a.type == EXPR_NUM ? a.num == b.num : str_eq(a.word, b.word);
    return finite_set(ev, same == (e->op == EX_EQ), "comparison", ret_v);
}

/* && and || look at their right side only when it decides. */
static enum status eval_logic(struct eval *ev, const struct expr *e, struct expr_value *ret_v)
{
    double v = 0;
    enum status st = eval_num(ev, e->kid[0], &v);

    if (st == ST_OK && (v != 0) == (e->op == EX_AND))
        st = eval_num(ev, e->kid[1], &v);
    return st == ST_OK ? finite_set(ev, v != 0, "logic", ret_v) : st;
}

static enum status eval_binary(struct eval *ev, const struct expr *e, struct expr_value *ret_v)
{
    double a = 0, b = 0;
    enum status st = eval_num(ev, e->kid[0], &a);

    if (st == ST_OK)
        st = eval_num(ev, e->kid[1], &b);
    if (st != ST_OK)
        return st;
    switch (e->op) {
    case EX_ADD:
        return finite_set(ev, a + b, "addition", ret_v);
    case EX_SUB:
        return finite_set(ev, a - b, "subtraction", ret_v);
    case EX_MUL:
        return finite_set(ev, a * b, "multiplication", ret_v);
    case EX_DIV:
    case EX_MOD:
        if (b == 0)
            return err_field(ev->err, ST_INVALID, "expr_division", NULL, "division by zero");
        return finite_set(ev, e->op == EX_DIV ? a / b : fmod(a, b), "division", ret_v);
    case EX_LT:
        return finite_set(ev, a < b, "comparison", ret_v);
    case EX_LE:
        return finite_set(ev, a <= b, "comparison", ret_v);
    case EX_GT:
        return finite_set(ev, a > b, "comparison", ret_v);
    default:
        return finite_set(ev, a >= b, "comparison", ret_v);
    }
}

static enum status eval_call(struct eval *ev, const struct expr *e, struct expr_value *ret_v)
{
    double v[EXPR_ARGS_MAX] = { 0 };

    for (unsigned i = 0; i < e->n_kids; i++) {
        enum status st = eval_num(ev, e->kid[i], &v[i]);
        if (st != ST_OK)
            return st;
    }
    switch (e->fn) {
    case FN_MIN:
    case FN_MAX:
        for (unsigned i = 1; i < e->n_kids; i++)
            v[0] = e->fn == FN_MIN ? fmin(v[0], v[i]) : fmax(v[0], v[i]);
        return finite_set(ev, v[0], "min or max", ret_v);
    case FN_CEIL:
        return finite_set(ev, ceil(v[0]), "ceil", ret_v);
    case FN_FLOOR:
        return finite_set(ev, floor(v[0]), "floor", ret_v);
    case FN_ROUND:
        return finite_set(ev, round(v[0]), "round", ret_v);
    case FN_SQRT:
        return finite_set(ev, sqrt(v[0]), "sqrt", ret_v);
    case FN_LOG:
        return finite_set(ev, log(v[0]), "log", ret_v);
    case FN_EXP:
        return finite_set(ev, exp(v[0]), "exp", ret_v);
    case FN_ABS:
        return finite_set(ev, fabs(v[0]), "abs", ret_v);
    case FN_POW:
    case FN_COUNT:
        break;
    }
    return finite_set(ev, pow(v[0], v[1]), "pow", ret_v);
}

static enum status eval(struct eval *ev, const struct expr *e, struct expr_value *ret_v)
{
    double v = 0;
    enum status st;

    switch (e->op) {
    case EX_NUM:
        return finite_set(ev, e->num, "number", ret_v);
    case EX_WORD:
        *ret_v = (struct expr_value){ .type = EXPR_WORD, .word = e->text };
        return ST_OK;
    case EX_NAME:
        return eval_name(ev, e, ret_v);
    case EX_NEG:
        st = eval_num(ev, e->kid[0], &v);
        return st == ST_OK ? finite_set(ev, -v, "negation", ret_v) : st;
    case EX_NOT:
        st = eval_num(ev, e->kid[0], &v);
        return st == ST_OK ? finite_set(ev, v == 0, "logic", ret_v) : st;
    case EX_EQ:
    case EX_NE:
        return eval_equal(ev, e, ret_v);
    case EX_AND:
    case EX_OR:
        return eval_logic(ev, e, ret_v);
    case EX_IF:
        st = eval_num(ev, e->kid[0], &v);
        return st == ST_OK ? eval(ev, e->kid[v != 0 ? 1 : 2], ret_v) : st;
    case EX_CALL:
        return eval_call(ev, e, ret_v);
    default:
        return eval_binary(ev, e, ret_v);
    }
}

enum status expr_eval(const struct expr *e, expr_lookup *lookup, void *ctx, struct expr_value *ret_v, struct err *err)
{
    struct eval ev = { .lookup = lookup, .ctx = ctx, .err = err };
    struct expr_value v = { 0 };
    enum status st = eval(&ev, e, &v);

    if (st == ST_OK)
        *ret_v = v;
    return st;
}

enum status expr_eval_num(const struct expr *e, expr_lookup *lookup, void *ctx, double *ret_v, struct err *err)
{
    struct eval ev = { .lookup = lookup, .ctx = ctx, .err = err };

    return eval_num(&ev, e, ret_v);
}

enum status expr_eval_bool(const struct expr *e, expr_lookup *lookup, void *ctx, bool *ret_v, struct err *err)
{
    double v = 0;
    enum status st = expr_eval_num(e, lookup, ctx, &v, err);

    if (st == ST_OK)
        *ret_v = v != 0;
    return st;
}

const char *expr_unknown_name(const struct expr *e, bool (*known)(const void *ctx, const char *name), const void *ctx)
{
    if (e->op == EX_NAME)
        return known(ctx, e->text) ? NULL : e->text;
    for (unsigned i = 0; i < e->n_kids; i++) {
        const char *name = expr_unknown_name(e->kid[i], known, ctx);
        if (name)
            return name;
    }
    return NULL;
}
