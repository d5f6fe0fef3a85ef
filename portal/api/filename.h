/* Names users give to files: data, never paths. Any thread. */
#ifndef ATH_API_FILENAME_H
#define ATH_API_FILENAME_H

#include "../core/arena.h"
#include "../core/err.h"

#define FILENAME_MAX_BYTES 1024

/* Makes n foreign bytes a name that is valid UTF-8 and shows as it is stored: bytes that are no UTF-8, control
 * characters and characters that reorder text are percent-coded; everything else - markup, "..", "/" - stays as it is.
 * Empty or longer than FILENAME_MAX_BYTES afterwards is ST_INVALID naming `field`. */
enum status filename_clean(struct arena *a, const char *p, size_t n, const char *field, const char **ret_name,
                           struct err *err);

#endif
