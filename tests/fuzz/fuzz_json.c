/* The strict JSON reader: what it accepts must survive being written and read again, within the depth promised. */
#include "../../portal/model/json_in.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned depth_of(const json_t *v)
{
    unsigned deepest = 0;
    const char *key;
    json_t *item;
    size_t i;

    if (!json_is_object(v) && !json_is_array(v))
        return 0;
    json_array_foreach(v, i, item) deepest = depth_of(item) > deepest ? depth_of(item) : deepest;
    json_object_foreach((json_t *)(uintptr_t)v, key, item) deepest =
        depth_of(item) > deepest ? depth_of(item) : deepest;
    return deepest + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    json_auto_t *doc = NULL, *again = NULL;
    const char *name = NULL;
    int64_t count = 0;
    double ratio = 0;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, 20, &name),
        JSON_ROW_I64("count", JF_NULL, -5, 5, &count),
        JSON_ROW_DOUBLE("ratio", 0, 0, 1, &ratio),
    };
    struct err err;

    if (json_read((const char *)data, n, 1 << 16, &doc, &err) != ST_OK) {
        if (err.st == ST_OK || !err.code[0] || !err.field[0])
            abort(); /* an error always says what and where */
        return 0;
    }
    if (depth_of(doc) > JSON_DEPTH_MAX)
        abort();
    char *text = json_dumps(doc, JSON_ENCODE_ANY | JSON_COMPACT);
    if (!text || json_read(text, strlen(text), 1 << 20, &again, NULL) != ST_OK || !json_equal(doc, again))
        abort();
    free(text);
    if (json_take(doc, "", rows, 3, &err) == ST_OK && (!name || count < -5 || count > 5))
        abort();
    return 0;
}
