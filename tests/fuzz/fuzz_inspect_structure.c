/* The whole inspection on any bytes: gzip, recognition, reading, checks, report. What comes out must be JSON. */
#include "../../workers/helper/inspect/inspect.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct inspect_limits lim = { .bytes = 4 << 20, .lines = 100000, .atoms = 20000 };
    struct buf out;
    struct err err = { 0 };
    buf_init(&out, 16 << 20);
    if (inspect_structure(-1, data, size, "x.pdb", &lim, &out, &err) == ST_OK) {
        json_t *doc = json_loadb(out.p, out.len, JSON_REJECT_DUPLICATES, NULL);
        if (!doc)
            abort();
        json_decref(doc);
    }
    buf_free(&out);
    return 0;
}
