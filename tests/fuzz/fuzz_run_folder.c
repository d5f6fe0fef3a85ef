/* What the worker reads beside the manifest while a job runs: progress.ndjson as a file that grows in two steps, and
 * the job id at the head of `owner` and behind the time in `duplicates`. */
#include "../../workers/sited.h"
#include "../../workers/tail.h"

#include "folder.h"

#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look(struct progress_tail *tail)
{
    BUF_AUTO b = { 0 };

    buf_init(&b, 65536);
    tail->next_ms = 0;
    if (progress_tail_read(tail, "progress.ndjson", &b)) {
        json_auto_t *doc = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(doc))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct progress_tail tail = { 0 };
    char id[SITE_JOB_ID_MAX];
    char *text = strndup((const char *)data, n);

    if (!text)
        return 0;
    (void)folder_enter();
    folder_write("progress.ndjson", data, n / 2);
    look(&tail);
    folder_write("progress.ndjson", data, n);
    look(&tail);
    folder_leave();
    if (tail.offset > (int64_t)n)
        abort();
    if (claim_job_id(text, id)) {
        if (!id[0])
            abort();
        for (const char *p = id; *p; p++)
            if (*p < 0x21 || *p > 0x7E)
                abort();
    }
    free(text);
    return 0;
}
