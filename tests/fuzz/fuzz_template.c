/* Templates: any text loads or is refused with its place; what loads can be resolved and written. */
#include "../../portal/model/param.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    ARENA_AUTO a = arena_new(64 << 20);
    const struct template *t;
    const struct param_set *set;
    const struct fact_site site = { .cpus = 4, .gpus = 1 };
    struct err err;
    BUF_AUTO b;
    struct jsonw w;

    buf_init(&b, 1 << 20);
    if (template_load(a, (const char *)data, n, &t, &err) != ST_OK) {
        if (!err.field[0] && err.st != ST_TOOBIG)
            abort();
        return 0;
    }
    json_auto_t *facts = json_pack("{s:i,s:i}", "atoms", 168, "protein_residues", 10);
    json_auto_t *params = json_pack("{s:i,s:s}", "steps", 5, "water", "ice");
    const struct param_ask ask = {
        .preset = "quick", .params = params, .facts = facts, .format = "pdb", .site = &site
    };
    if (param_resolve(a, t, &ask, &set, &err) != ST_OK)
        return 0;
    jsonw_init(&w, &b);
    jsonw_arr(&w);
    param_values_write(&w, set);
    param_derived_write(&w, set);
    param_resources_write(&w, &set->res);
    param_estimate_write(&w, set);
    param_problems_write(&w, set, false);
    jsonw_arr_end(&w);
    json_auto_t *back = buf_ok(&b) ? json_loadb(b.p, b.len, 0, NULL) : NULL;
    if (buf_ok(&b) && !back)
        abort();
    return 0;
}
