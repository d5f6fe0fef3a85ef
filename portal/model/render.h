/* Typed substitution into engine inputs: {{name}} and {{name:.3f}} and nothing else, so that no free text gets in.
 * Pure; any thread. */
#ifndef ATH_MODEL_RENDER_H
#define ATH_MODEL_RENDER_H

#include "expr.h"

#include "../core/buf.h"
#include "../core/err.h"

/* Formats: .Nf .Ne .Ng (N 0..15) for numbers, d for whole numbers. Without one a number is written as short as it
 * reads back. ST_INVALID render_syntax, render_name, render_type with the line; ST_TOOBIG when `out` is full. */
enum status render_text(const char *text, size_t n, expr_lookup *lookup, void *ctx, struct buf *out, struct err *err);

#endif
