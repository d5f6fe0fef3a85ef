/* The tail of a run's progress.ndjson. */
#ifndef ATH_WORKERS_TAIL_H
#define ATH_WORKERS_TAIL_H

#include "../portal/core/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct progress_tail {
    int64_t offset, ino; /* how far it is read, of which file */
    double t;            /* time of the newest line known */
    int64_t next_ms;     /* not before: at most one event a second */
};

/* The newest good line appended since the last call, as clean JSON; false when there is none. Never blocks on anything
 * but the disk. ret_json is initialised by the caller. */
bool progress_tail_read(struct progress_tail *p, const char *path, struct buf *ret_json);

#endif
