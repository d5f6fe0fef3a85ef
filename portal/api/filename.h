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

#define FOLDER_MAX_BYTES 4096
#define FOLDER_DEPTH_MAX 16

/* Makes n foreign bytes a folder: parts cleaned like names, joined by "/" with none empty; "" is the top. A part "." or
 * "..", more than FOLDER_DEPTH_MAX parts or FOLDER_MAX_BYTES bytes are ST_INVALID naming `field`. */
enum status folder_clean(struct arena *a, const char *p, size_t n, const char *field, const char **ret_folder,
                         struct err *err);

#endif
