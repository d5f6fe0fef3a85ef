/* Expression text to tree: precedence climbing over one character of lookahead.
 * Depth and node count are bounded, so that evaluation, which recurses, is too.
 * Comparisons do not chain: `1 < x < 3` is refused, since it never means what it says.
 */
#include "expr_tree.h"

#include "../core/num.h"
#include "../core/str.h"

#include <float.h>
#include <string.h>

struct parser {
    struct arena *a;
    const char *text, *p;
    unsigned nodes, depth;
    struct err *err;
    enum status st;
};

static const struct {
    const char *name;
    unsigned min_args, max_args;
} g_functions[FN_COUNT] = {
    [FN_MIN] = { "min", 2, EXPR_ARGS_MAX },
    [FN_MAX] = { "max", 2, EXPR_ARGS_MAX },
    [FN_CEIL] = { "ceil", 1, 1 },
    [FN_FLOOR] = { "floor", 1, 1 },
    [FN_ROUND] = { "round", 1, 1 },
    [FN_SQRT] = { "sqrt", 1, 1 },
    [FN_LOG] = { "log", 1, 1 },
    [FN_EXP] = { "exp", 1, 1 },
    [FN_ABS] = { "abs", 1, 1 },
    [FN_POW] = { "pow", 2, 2 },
};

static const struct {
    const char *text;
    enum expr_op op;
    int level; /* binds tighter when higher */
} g_binary[] = {
    { "||", EX_OR, 1 }, { "&&", EX_AND, 2 }, { "==", EX_EQ, 3 }, { "!=", EX_NE, 3 }, { "<=", EX_LE, 4 },
    { ">=", EX_GE, 4 }, { "<", EX_LT, 4 },   { ">", EX_GT, 4 },  { "+", EX_ADD, 5 }, { "-", EX_SUB, 5 },
    { "*", EX_MUL, 6 }, { "/", EX_DIV, 6 },  { "%", EX_MOD, 6 },
};

static const struct expr *expr_ternary(struct parser *ps);

bool expr_is_function(const char *name)
{
    for (size_t i = 0; i < FN_COUNT; i++)
        if (str_eq(g_functions[i].name, name))
            return true;
    return false;
}

/* The first fault is kept; everything after it unwinds with NULL. */
static const struct expr *fail(struct parser *ps, const char *what)
{
    if (ps->st == ST_OK)
        ps->st = err_field(ps->err, ST_INVALID, "expr_syntax", NULL, "%s at character %zu of \"%.200s\"", what,
                           (size_t)(ps->p - ps->text) + 1, ps->text);
    return NULL;
}

static const struct expr *node(struct parser *ps, const struct expr *proto, const struct expr *const *kids, unsigned n)
{
    if (ps->st != ST_OK)
        return NULL;
    if (++ps->nodes > EXPR_NODES_MAX)
        return fail(ps, "expression with too many parts");
    struct expr *e = arena_alloc(ps->a, sizeof *e + n * sizeof(const struct expr *));
    if (!e)
        return fail(ps, "out of memory");
    *e = *proto;
    e->n_kids = n;
    for (unsigned i = 0; i < n; i++)
        e->kid[i] = kids[i];
    return e;
}

static void skip_space(struct parser *ps)
{
    ps->p += strspn(ps->p, " \t\n");
}

static bool take(struct parser *ps, const char *token)
{
    skip_space(ps);
    if (!str_starts(ps->p, token))
        return false;
    ps->p += strlen(token);
    return true;
}

static bool name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static const struct expr *number(struct parser *ps)
{
    char text[64];
    size_t n = 0;
    double v;

    while (n < sizeof text - 1 &&
           (digit(ps->p[n]) || ps->p[n] == '.' || ((ps->p[n] == 'e' || ps->p[n] == 'E') && n > 0) ||
            ((ps->p[n] == '-' || ps->p[n] == '+') && n > 0 && (ps->p[n - 1] == 'e' || ps->p[n - 1] == 'E'))))
        n++;
    memcpy(text, ps->p, n);
    text[n] = '\0';
    if (!num_double(text, -DBL_MAX, DBL_MAX, &v))
        return fail(ps, "not a number");
    ps->p += n;
    return node(ps, &(struct expr){ .op = EX_NUM, .num = v }, NULL, 0);
}

static const struct expr *word(struct parser *ps)
{
    const char *from = ++ps->p;
    size_t n = strcspn(from, "\"");

    if (!from[n] || n > EXPR_NAME_MAX)
        return fail(ps, "unfinished or too long word");
    const char *text = arena_strndup(ps->a, from, n);
    if (!text)
        return fail(ps, "out of memory");
    ps->p = from + n + 1;
    return node(ps, &(struct expr){ .op = EX_WORD, .text = text }, NULL, 0);
}

static const struct expr *call(struct parser *ps, const char *name)
{
    const struct expr *args[EXPR_ARGS_MAX];
    unsigned n = 0, fn = 0;

    while (fn < FN_COUNT && !str_eq(g_functions[fn].name, name))
        fn++;
    if (fn == FN_COUNT)
        return fail(ps, "there is no such function");
    do {
        if (n == EXPR_ARGS_MAX)
            return fail(ps, "too many arguments");
        if (!(args[n++] = expr_ternary(ps)))
            return NULL;
    } while (take(ps, ","));
    if (!take(ps, ")"))
        return fail(ps, "expected ',' or ')'");
    if (n < g_functions[fn].min_args || n > g_functions[fn].max_args)
        return fail(ps, "wrong number of arguments");
    return node(ps, &(struct expr){ .op = EX_CALL, .fn = (enum expr_fn)fn }, args, n);
}

static const struct expr *name_or_call(struct parser *ps)
{
    size_t n = 0;

    while (name_start(ps->p[n]) || digit(ps->p[n]))
        n++;
    if (n > EXPR_NAME_MAX)
        return fail(ps, "name is too long");
    const char *name = arena_strndup(ps->a, ps->p, n);
    if (!name)
        return fail(ps, "out of memory");
    ps->p += n;
    if (take(ps, "("))
        return call(ps, name);
    return node(ps, &(struct expr){ .op = EX_NAME, .text = name }, NULL, 0);
}

static const struct expr *primary(struct parser *ps)
{
    skip_space(ps);
    char c = *ps->p;
    if (digit(c))
        return number(ps);
    if (c == '"')
        return word(ps);
    if (name_start(c))
        return name_or_call(ps);
    if (!take(ps, "("))
        return fail(ps, c ? "unexpected character" : "unexpected end");
    const struct expr *e = expr_ternary(ps);
    if (e && !take(ps, ")"))
        return fail(ps, "expected ')'");
    return e;
}

static const struct expr *unary(struct parser *ps)
{
    if (++ps->depth > EXPR_DEPTH_MAX)
        return fail(ps, "expression is nested too deeply");
    skip_space(ps);
    enum expr_op op = *ps->p == '-' ? EX_NEG : *ps->p == '!' && ps->p[1] != '=' ? EX_NOT : EX_NUM;
    const struct expr *e;
    if (op == EX_NUM) {
        e = primary(ps);
    } else {
        ps->p++;
        e = unary(ps);
        e = e ? node(ps, &(struct expr){ .op = op }, &e, 1) : NULL;
    }
    ps->depth--;
    return e;
}

/* Index of the binary operator at the cursor, or -1. */
static int binary_at(struct parser *ps)
{
    skip_space(ps);
    for (size_t i = 0; i < sizeof g_binary / sizeof *g_binary; i++)
        if (str_starts(ps->p, g_binary[i].text))
            return (int)i;
    return -1;
}

static const struct expr *binary(struct parser *ps, int level)
{
    const struct expr *left = unary(ps);

    for (int i; left && (i = binary_at(ps)) >= 0 && g_binary[i].level >= level;) {
        int own = g_binary[i].level;
        ps->p += strlen(g_binary[i].text);
        const struct expr *right = binary(ps, own + 1);
        if (!right)
            return NULL;
        const struct expr *kids[] = { left, right };
        left = node(ps, &(struct expr){ .op = g_binary[i].op }, kids, 2);
        int next = binary_at(ps);
        if (left && (own == 3 || own == 4) && next >= 0 && g_binary[next].level == own)
            return fail(ps, "comparisons do not chain; use &&");
    }
    return left;
}

static const struct expr *expr_ternary(struct parser *ps)
{
    if (++ps->depth > EXPR_DEPTH_MAX)
        return fail(ps, "expression is nested too deeply");
    const struct expr *kids[3] = { binary(ps, 1) };
    const struct expr *e = kids[0];
    if (e && take(ps, "?")) {
        e = NULL;
        if ((kids[1] = expr_ternary(ps)) != NULL && !take(ps, ":"))
            (void)fail(ps, "expected ':'");
        else if (kids[1] && (kids[2] = expr_ternary(ps)) != NULL)
            e = node(ps, &(struct expr){ .op = EX_IF }, kids, 3);
    }
    ps->depth--;
    return e;
}

enum status expr_parse(struct arena *a, const char *text, const struct expr **ret_e, struct err *err)
{
    struct parser ps = { .a = a, .text = text, .p = text, .err = err };

    if (strnlen(text, EXPR_TEXT_MAX + 1) > EXPR_TEXT_MAX)
        return err_field(err, ST_INVALID, "expr_syntax", NULL, "expression is longer than %d bytes", EXPR_TEXT_MAX);
    const struct expr *e = expr_ternary(&ps);
    skip_space(&ps);
    if (e && *ps.p)
        e = fail(&ps, "unexpected character");
    if (!e)
        return ps.st;
    *ret_e = e;
    return ST_OK;
}
