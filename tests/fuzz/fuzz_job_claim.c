/* The owner of a claim, as athanor-job reads it: only a text that names our own job may be taken over. */
#include "../../workers/helper/job.h"

#include "folder.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct job j;
    struct err err = { 0 };

    if (folder_enter() && (mkdir("a01", 0750) || mkdir("a01/claim", 0750)))
        abort();
    folder_write("a01/claim/owner", data, n);
    /* No heartbeats to wait for. */
    j = (struct job){
        .attempt = 1, .attempt_dir = "a01", .id = "42", .host = "node", .owner = "42 node 7\n", .alive_ms = 0
    };
    (void)job_claim_is_lost(&j);
    enum status st = job_claim(&j, &err);
    bool lost = job_claim_is_lost(&j);
    folder_leave();
    if (st == ST_OK ? lost || !memmem(data, n, "42", 2) : (st != ST_CONFLICT && st != ST_TOOBIG) || !err.text[0])
        abort();
    return 0;
}
