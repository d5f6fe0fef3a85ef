/* Names of files: whatever comes in, what is kept is UTF-8 without hidden characters, and cleaning it again changes
 * nothing. */
#include "../../portal/api/filename.h"

#include "../../portal/core/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    ARENA_AUTO a = arena_new(1 << 20);
    const char *name = NULL, *again = NULL;
    struct err err = { 0 };

    if (filename_clean(a, (const char *)data, n, "name", &name, &err) != ST_OK) {
        if (!str_eq(err.field, "name") || !err.text[0])
            abort();
        return 0;
    }
    size_t len = strlen(name);
    if (len == 0 || len > FILENAME_MAX_BYTES || !utf8_valid(name, len))
        abort();
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7F)
            abort();
    if (filename_clean(a, name, len, "name", &again, &err) != ST_OK || !str_eq(name, again))
        abort();
    return 0;
}
