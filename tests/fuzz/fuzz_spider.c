/* Lmod's spider: the text before the first line feed is the software page, the rest the modules. */
#include "../../workers/spider.h"

#include "../../portal/core/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static enum status row_check(void *ctx, const struct spider_module *m, struct err *err)
{
    size_t *count = ctx;
    json_auto_t *keywords = json_loads(m->keywords, 0, NULL);

    (void)err;
    if (!m->full[0] || !str_starts(m->load, "module load ") || !utf8_valid(m->summary, strlen(m->summary)) ||
        !json_is_array(keywords))
        abort();
    (*count)++;
    return ST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *text = (const char *)data, *cut = memchr(data, '\n', n);
    size_t head = cut ? (size_t)(cut - text) : 0, count = 0;
    json_auto_t *defaults = json_loadb(text, head, 0, NULL);
    json_auto_t *detail = json_loadb(cut ? cut : text, n - head, 0, NULL);
    struct err err = { 0 };

    if (spider_read(detail, defaults, row_check, &count, &err) != ST_OK)
        abort();
    return 0;
}
