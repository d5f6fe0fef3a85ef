/* The jobspec (run.spec): what is accepted gives an environment of plain names, each with a value. */
#include "../../portal/model/jobspec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void name_check(void *ctx, const char *name, const char *value)
{
    size_t *count = ctx;

    if (strncmp(name, "ATH_", 4) != 0 || !value)
        abort();
    for (const char *p = name; *p; p++)
        if (!isupper((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '_')
            abort();
    (*count)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    ARENA_AUTO a = arena_new(8 << 20);
    struct jobspec js;
    struct expr_value v;
    struct err err = { 0 };
    const char *name;
    json_t *one;
    size_t count = 0;

    if (jobspec_read(a, (const char *)data, n, &js, &err) != ST_OK) {
        if (!err.text[0])
            abort();
        return 0;
    }
    jobspec_env(&js, name_check, &count);
    if (count != json_object_size(js.resolved) + json_object_size(js.derived))
        abort();
    json_object_foreach((json_t *)(uintptr_t)js.resolved, name, one)
    {
        if (!jobspec_lookup(&js, name, &v))
            abort();
    }
    for (size_t i = 0; i < js.n_modules; i++)
        if (!js.modules[i])
            abort();
    return 0;
}
