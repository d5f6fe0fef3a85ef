/* The expression language of templates (docs/contracts.md section 5): numbers and enum words, no side effects.
 *
 * Text is parsed once to a small tree in the arena (at most 2,000 bytes, 512 nodes, 64 levels) and evaluated with a
 * lookup of names. Comparisons and logic give 1 or 0; words ("tip3p") may only be compared with == and !=.
 * Every error tells the position or the names and values involved. Pure; any thread.
 */
#ifndef ATH_MODEL_EXPR_H
#define ATH_MODEL_EXPR_H

#include "../core/arena.h"
#include "../core/err.h"

#include <stdbool.h>

struct expr;

enum expr_type { EXPR_NUM, EXPR_WORD };
struct expr_value {
    enum expr_type type;
    double num;       /* EXPR_NUM: finite */
    const char *word; /* EXPR_WORD: borrowed from the tree or the lookup */
};

/* false: no such name (now). */
typedef bool expr_lookup(void *ctx, const char *name, struct expr_value *ret_v);

/* ST_INVALID expr_syntax. */
enum status expr_parse(struct arena *a, const char *text, const struct expr **ret_e, struct err *err);
/* ST_INVALID: expr_name, expr_type, expr_division, expr_range (not finite, or outside a function's domain). */
enum status expr_eval(const struct expr *e, expr_lookup *lookup, void *ctx, struct expr_value *ret_v, struct err *err);
enum status expr_eval_num(const struct expr *e, expr_lookup *lookup, void *ctx, double *ret_v, struct err *err);
enum status expr_eval_bool(const struct expr *e, expr_lookup *lookup, void *ctx, bool *ret_v, struct err *err);
/* The first name for which known() is false, NULL when all are known. */
const char *expr_unknown_name(const struct expr *e, bool (*known)(const void *ctx, const char *name), const void *ctx);
/* Is it the name of a function (and so cannot name a parameter)? */
bool expr_is_function(const char *name);

#endif
