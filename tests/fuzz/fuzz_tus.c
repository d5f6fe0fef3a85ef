/* The headers of tus. The first byte of the input chooses the reader. */
#include "../../portal/api/tus.h"

#include "../../portal/core/id.h"
#include "../../portal/core/str.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is accepted is a name to show and an id; the answer to HEAD reads back as the same. */
static void metadata_check(struct arena *a, const char *text)
{
    struct tus_metadata meta, again;
    struct err err = { 0 };

    if (tus_metadata_parse(a, text, &meta, &err) != ST_OK) {
        if (!str_starts(err.field, "Upload-Metadata") || !err.text[0])
            abort();
        return;
    }
    if (!utf8_valid(meta.filename, strlen(meta.filename)) || !id_valid("prj", meta.project))
        abort();
    const char *back = tus_metadata_format(a, meta.filename, meta.folder, meta.project);
    if (tus_metadata_parse(a, back, &again, &err) != ST_OK || !str_eq(again.filename, meta.filename) ||
        !str_eq(again.project, meta.project))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct tus_checksum sum;
    struct err err = { 0 };
    int64_t v = -1;

    if (n == 0)
        return 0;
    ARENA_AUTO a = arena_new(1 << 20);
    char *text = strndup((const char *)data + 1, n - 1); /* of its own size: a read past its end is seen */
    if (!text)
        return 0;
    switch (data[0] % 3) {
    case 0:
        metadata_check(a, text);
        break;
    case 1:
        if (tus_checksum_parse(text, &sum, &err) == ST_OK ? sum.algorithm == TUS_NONE || sum.len > sizeof sum.digest
                                                          : !err.text[0])
            abort();
        break;
    default:
        if (tus_number(text, "Upload-Offset", 1000, &v, &err) == ST_OK ? v < 0 || v > 1000 : !err.text[0])
            abort();
    }
    free(text);
    return 0;
}
