#ifndef ATH_INSPECT_REPORT_H
#define ATH_INSPECT_REPORT_H

#include "findings.h"

#include "../../../portal/core/buf.h"

/* Appends the JSON of docs/contracts.md section 7. */
void report_write(const struct mol *m, const struct facts *x, const struct findings *f, struct buf *out);

#endif
