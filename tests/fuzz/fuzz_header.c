/* Readers of header fields. The first byte of the input chooses the reader. */
#include "../../portal/http/header.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char date[32];
    int64_t t;
    if (n == 0)
        return 0;
    char *text = malloc(n);
    if (!text)
        return 0;
    memcpy(text, data + 1, n - 1);
    text[n - 1] = '\0';
    struct arena *a = arena_new(1 << 20);
    switch (data[0] % 5) {
    case 0:
        (void)header_is_type(text, "application/json");
        break;
    case 1:
        (void)header_accepts(text, "gzip");
        break;
    case 2:
        if (header_etag_match(text, "tag", false) && !header_etag_match(text, "tag", true))
            abort(); /* what matches strongly matches weakly */
        break;
    case 3: {
        const char *v = header_cookie(a, text, "athanor_session");
        if (v && strchr(v, ';'))
            abort();
        break;
    }
    default:
        if (header_parse_date(text, &t))
            header_date(t, date);
    }
    arena_free(a);
    free(text);
    return 0;
}
