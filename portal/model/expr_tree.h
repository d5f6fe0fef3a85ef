/* The tree between expr_parse.c and expr_eval.c; nobody else looks inside. */
#ifndef ATH_MODEL_EXPR_TREE_H
#define ATH_MODEL_EXPR_TREE_H

#include "expr.h"

#include <stddef.h>

enum expr_op {
    EX_NUM,
    EX_WORD,
    EX_NAME,
    EX_NEG,
    EX_NOT,
    EX_ADD,
    EX_SUB,
    EX_MUL,
    EX_DIV,
    EX_MOD,
    EX_LT,
    EX_LE,
    EX_GT,
    EX_GE,
    EX_EQ,
    EX_NE,
    EX_AND,
    EX_OR,
    EX_IF,
    EX_CALL,
};

enum expr_fn { FN_MIN, FN_MAX, FN_CEIL, FN_FLOOR, FN_ROUND, FN_SQRT, FN_LOG, FN_EXP, FN_ABS, FN_POW, FN_COUNT };

enum { EXPR_ARGS_MAX = 8, EXPR_NODES_MAX = 512, EXPR_TEXT_MAX = 2000, EXPR_DEPTH_MAX = 64, EXPR_NAME_MAX = 64 };

struct expr {
    enum expr_op op;
    enum expr_fn fn;  /* EX_CALL */
    double num;       /* EX_NUM */
    const char *text; /* EX_NAME, EX_WORD */
    unsigned n_kids;
    const struct expr *kid[]; /* n_kids of them */
};

#endif
