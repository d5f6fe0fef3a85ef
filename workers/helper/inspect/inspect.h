/* Structure inspection: what is in a file, and what may go wrong with it. Runs inside helper-inspect's sandbox: opens
 * nothing, needs memory and CPU only. Not thread-safe.
 */
#ifndef ATH_INSPECT_INSPECT_H
#define ATH_INSPECT_INSPECT_H

#include "input.h"

#include "../../../portal/core/buf.h"

/* Reads the structure from fd, or from mem when fd < 0. name is the user's file name: a hint for the format only.
 * ST_OK: out holds {"ok":true,"format":…,"facts":…,"findings":…} (docs/contracts.md, section 7).
 * Otherwise err says in words why the file is refused, err->code in one word. */
enum status inspect_structure(int fd, const void *mem, size_t n, const char *name, const struct inspect_limits *lim,
                              struct buf *out, struct err *err);

#endif
