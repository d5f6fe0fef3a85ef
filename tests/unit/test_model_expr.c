/* Expressions and typed substitution. */
#include "../../portal/model/expr.h"
#include "../../portal/model/render.h"

#include "../../portal/core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena *g_arena;
static struct err g_err;

static bool lookup(void *ctx, const char *name, struct expr_value *ret_v)
{
    (void)ctx;
    *ret_v = (struct expr_value){ .type = EXPR_NUM };
    if (str_eq(name, "water"))
        *ret_v = (struct expr_value){ .type = EXPR_WORD, .word = "tip3p" };
    else if (str_eq(name, "two"))
        ret_v->num = 2;
    else if (str_eq(name, "neg_zero"))
        ret_v->num = -0.0;
    else if (str_eq(name, "tenth"))
        ret_v->num = 0.1;
    else if (str_eq(name, "big"))
        ret_v->num = 2500000;
    else
        return false;
    return true;
}

static enum status eval(const char *text, struct expr_value *ret_v)
{
    const struct expr *e;

    err_clear(&g_err);
    enum status st = expr_parse(g_arena, text, &e, &g_err);
    return st == ST_OK ? expr_eval(e, lookup, NULL, ret_v, &g_err) : st;
}

static void values(void **state)
{
    static const struct {
        const char *text;
        double v;
    } rows[] = {
        { "1 + 2 * 3", 7 },
        { "(1 + 2) * 3", 9 },
        { "10 - 4 - 3", 3 },
        { "100 / 10 / 5", 2 },
        { "7 % 4", 3 },
        { "-2 - -2", 0 },
        { "--two", 2 },
        { "!0 + !5", 1 },
        { "!two == 0", 1 },
        { "1 < 2", 1 },
        { "2 <= 1", 0 },
        { "1 + 1 == two && two > 1", 1 },
        { "0 || 0", 0 },
        { "3 && 4", 1 },
        { "1 || 1 / 0", 1 }, /* decided by the left side */
        { "0 && nothing", 0 },
        { "1 ? 2 : 1 / 0", 2 },
        { "0 ? 1 : 0 ? 2 : 3", 3 },
        { "water == \"tip3p\"", 1 },
        { "water != \"spce\" && two == 2", 1 },
        { "(water == \"tip3p\" ? 1.5 : 2) * two", 3 },
        { "min(3, 1, 2) + max(1, 2)", 3 },
        { "ceil(1.2) + floor(1.8) + round(2.5) + abs(-1)", 7 },
        { "sqrt(16) + pow(2, 10) + log(exp(2))", 1030 },
        { "1e3 + 1.5e-1", 1000.15 },
        { "2>=2", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct expr_value v = { .type = EXPR_WORD };
        if (eval(rows[i].text, &v) != ST_OK)
            fail_msg("%s: %s", rows[i].text, g_err.text);
        assert_int_equal(v.type, EXPR_NUM);
        assert_true(v.num > rows[i].v - 1e-9 && v.num < rows[i].v + 1e-9);
    }
}

static void faults(void **state)
{
    static const struct {
        const char *text, *code;
    } rows[] = {
        { "", "expr_syntax" },
        { "1 +", "expr_syntax" },
        { "1 2", "expr_syntax" },
        { "(1", "expr_syntax" },
        { "1)", "expr_syntax" },
        { "a ? b", "expr_syntax" },
        { "1 < 2 < 3", "expr_syntax" },
        { "1 == 1 == 1", "expr_syntax" },
        { "foo(1)", "expr_syntax" },
        { "min(1)", "expr_syntax" },
        { "pow(1,2,3)", "expr_syntax" },
        { "min(1,2,3,4,5,6,7,8,9)", "expr_syntax" },
        { "\"abc", "expr_syntax" },
        { "1..2", "expr_syntax" },
        { "1e999", "expr_syntax" },
        { "two = 2", "expr_syntax" },
        { "two; 1", "expr_syntax" },
        { "two & 1", "expr_syntax" },
        { "1 / 0", "expr_division" },
        { "1 % (two - 2)", "expr_division" },
        { "nothing + 1", "expr_name" },
        { "water + 1", "expr_type" },
        { "water == 1", "expr_type" },
        { "-water", "expr_type" },
        { "water ? 1 : 2", "expr_type" },
        { "min(water, 1)", "expr_type" },
        { "sqrt(-1)", "expr_range" },
        { "log(0)", "expr_range" },
        { "exp(1000)", "expr_range" },
        { "pow(10, 400)", "expr_range" },
        { "1e308 * 10", "expr_range" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct expr_value v = { .num = 77 };
        assert_int_equal(eval(rows[i].text, &v), ST_INVALID);
        if (!str_eq(g_err.code, rows[i].code))
            fail_msg("%s: %s instead of %s", rows[i].text, g_err.code, rows[i].code);
        assert_true(v.num == 77);
    }
    assert_int_equal(eval("1 + $", &(struct expr_value){ 0 }), ST_INVALID);
    assert_non_null(strstr(g_err.text, "character 5"));
}

static void bounds(void **state)
{
    char text[4000];
    struct expr_value v;

    (void)state;
    memset(text, '(', sizeof text);
    text[1500] = '\0';
    assert_int_equal(eval(text, &v), ST_INVALID);
    memset(text, '-', 1500);
    assert_int_equal(eval(text, &v), ST_INVALID);
    for (size_t i = 0; i < 1998; i += 2)
        memcpy(text + i, "1+", 2);
    memcpy(text + 1998, "1", 2);
    assert_int_equal(eval(text, &v), ST_INVALID); /* too many parts */
    memset(text, ' ', 2001);
    text[2001] = '\0';
    assert_int_equal(eval(text, &v), ST_INVALID);
    size_t n = 0;
    for (int i = 0; i < 200; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "0?1:");
    (void)snprintf(text + n, sizeof text - n, "2");
    assert_int_equal(eval(text, &v), ST_INVALID); /* deeper than 64 */
}

static bool known_two(const void *ctx, const char *name)
{
    (void)ctx;
    return str_eq(name, "two");
}

static void names_found(void **state)
{
    const struct expr *e;
    bool yes;
    double num;

    (void)state;
    assert_int_equal(expr_parse(g_arena, "two + min(two, thre)", &e, NULL), ST_OK);
    assert_string_equal(expr_unknown_name(e, known_two, NULL), "thre");
    assert_int_equal(expr_parse(g_arena, "two ? two : 3", &e, NULL), ST_OK);
    assert_null(expr_unknown_name(e, known_two, NULL));
    assert_true(expr_is_function("min") && !expr_is_function("mini"));
    assert_int_equal(expr_eval_bool(e, lookup, NULL, &yes, NULL), ST_OK);
    assert_true(yes);
    assert_int_equal(expr_parse(g_arena, "water", &e, NULL), ST_OK);
    assert_int_equal(expr_eval_num(e, lookup, NULL, &num, NULL), ST_INVALID);
}

static enum status render(const char *text, struct buf *out)
{
    err_clear(&g_err);
    buf_reset(out);
    return render_text(text, strlen(text), lookup, NULL, out, &g_err);
}

static void substitution(void **state)
{
    static const struct {
        const char *text, *out;
    } rows[] = {
        { "plain { } }} text\n", "plain { } }} text\n" },
        { "a={{two}} w={{water}}", "a=2 w=tip3p" },
        { "{{tenth}} {{tenth:.3f}} {{tenth:.2e}} {{tenth:.1g}}", "0.1 0.100 1.00e-01 0.1" },
        { "{{big}} {{big:d}}", "2500000 2500000" }, /* never in exponent form */
        { "{{neg_zero}}", "0" },
        { "", "" },
    };
    static const struct {
        const char *text, *code;
    } bad[] = {
        { "{{nothing}}", "render_name" },     { "{{}}", "render_syntax" },      { "{{ two }}", "render_syntax" },
        { "{{two", "render_syntax" },         { "{{two:}}", "render_syntax" },  { "{{two:s}}", "render_syntax" },
        { "{{two:.99f}}", "render_type" },    { "{{tenth:d}}", "render_type" }, { "{{water:.3f}}", "render_type" },
        { "{{two:%n}}", "render_syntax" },    { "{{two:.f}}", "render_type" },  { "{{Two}}", "render_syntax" },
        { "a\n{{two}}{{x}}", "render_name" },
    };
    BUF_AUTO out;

    (void)state;
    buf_init(&out, 100);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(render(rows[i].text, &out), ST_OK);
        assert_string_equal(out.p, rows[i].out);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(render(bad[i].text, &out), ST_INVALID);
        assert_string_equal(g_err.code, bad[i].code);
    }
    assert_non_null(strstr(g_err.text, "line 2"));
    char big[200];
    memset(big, 'x', sizeof big);
    assert_int_equal(render_text(big, sizeof big, lookup, NULL, &out, NULL), ST_TOOBIG);
}

static int setup(void **state)
{
    (void)state;
    g_arena = arena_new(16 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(g_arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),      cmocka_unit_test(faults),       cmocka_unit_test(bounds),
        cmocka_unit_test(names_found), cmocka_unit_test(substitution),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
