/* Rendering of input templates. */
#include "../../portal/model/render.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool lookup(void *ctx, const char *name, struct expr_value *ret_v)
{
    static const double values[] = { 0, -0.0, 1e300, -1e-300, 0.1, 123456789 };

    (void)ctx;
    *ret_v = (struct expr_value){ .type = name[0] == 'w' ? EXPR_WORD : EXPR_NUM,
                                  .num = values[(unsigned char)name[0] % 6],
                                  .word = "tip3p" };
    return name[0] != 'x';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    BUF_AUTO out;
    struct err err;

    buf_init(&out, 1 << 16);
    if (render_text((const char *)data, n, lookup, NULL, &out, &err) != ST_OK)
        return 0;
    if (!memmem(data, n, "{{", 2) && (out.len != n || (n && memcmp(out.p, data, n) != 0)))
        abort(); /* text without substitutions stays as it is */
    return 0;
}
