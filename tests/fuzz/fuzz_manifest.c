/* manifest.json, progress lines and logs: the same bytes through all three readers. */
#include "../../portal/model/failure.h"
#include "../../portal/model/manifest.h"
#include "../../portal/model/progress.h"

#include "../../portal/core/str.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void lines_check(const char *const *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!utf8_valid(lines[i], strlen(lines[i])))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    ARENA_AUTO a = arena_new(8 << 20);
    const char *text = (const char *)data;
    struct manifest m;
    struct manifest_failure mf;
    struct failure f;
    struct progress p;
    struct err err;
    BUF_AUTO b;
    struct jsonw w;

    if (manifest_read(a, text, n, &m, &err) == ST_OK) {
        (void)manifest_proves(&m, "ath-local-x-a01", 1, &err);
        if (manifest_failure(a, &m, &mf))
            lines_check(mf.lines, mf.n_lines);
    }
    buf_init(&b, 1 << 16);
    if (progress_read(text, n, &p, &err) == ST_OK) {
        jsonw_init(&w, &b);
        progress_write(&w, &p);
        struct progress again;
        if (!buf_ok(&b) || (b.len <= PROGRESS_LINE_MAX && progress_read(b.p, b.len, &again, &err) != ST_OK))
            abort();
    }
    (void)failure_from_log(a, NULL, "work/x.log", text, n, &f);
    lines_check(f.lines, f.n_lines);
    return 0;
}
