/* Request targets: whatever url_parse accepts must hold no segment a file system or a second reader could misread. */
#include "../../portal/core/str.h"
#include "../../portal/http/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct url u;
    char *raw = malloc(n + 1);
    if (!raw)
        return 0;
    memcpy(raw, data, n);
    raw[n] = '\0';
    struct arena *a = arena_new(1 << 20);
    if (url_parse(a, raw, &u, NULL) == ST_OK) {
        for (unsigned i = 0; i < u.n_seg; i++) {
            const char *s = u.seg[i];
            if (!*s || strchr(s, '/') || strchr(s, '\\') || str_eq(s, ".") || str_eq(s, "..") ||
                !utf8_valid(s, strlen(s)))
                abort();
        }
        for (unsigned i = 0; i < u.n_query; i++)
            if (!utf8_valid(u.query[i].name, strlen(u.query[i].name)) ||
                !utf8_valid(u.query[i].value, strlen(u.query[i].value)))
                abort();
    }
    arena_free(a);
    free(raw);
    return 0;
}
