/* Expressions: any text is parsed or refused, and what evaluates gives a finite number or a word. */
#include "../../portal/model/expr.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool lookup(void *ctx, const char *name, struct expr_value *ret_v)
{
    (void)ctx;
    *ret_v =
        (struct expr_value){ .type = name[0] == 'w' ? EXPR_WORD : EXPR_NUM, .num = (double)name[0], .word = "tip3p" };
    return name[0] != 'x';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    ARENA_AUTO a = arena_new(1 << 20);
    char *text = arena_strndup(a, (const char *)data, n);
    const struct expr *e;
    struct expr_value v;
    struct err err;

    if (!text || expr_parse(a, text, &e, &err) != ST_OK || expr_eval(e, lookup, NULL, &v, &err) != ST_OK)
        return 0;
    if (v.type == EXPR_NUM ? !isfinite(v.num) : !v.word)
        abort();
    return 0;
}
