/* Names of files in foreign documents: relative, plain, never leaving their folder. Any thread. */
#ifndef ATH_MODEL_RELPATH_H
#define ATH_MODEL_RELPATH_H

#include <stdbool.h>

/* 1..512 bytes of valid UTF-8 without control characters or backslash; components neither empty nor "." nor ".."
 * nor longer than 255 bytes. */
bool relpath_ok(const char *s);

#endif
