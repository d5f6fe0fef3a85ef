/* What clang's analyser cannot see because it looks at one file at a time: every err_* function returns an error
 * (portal/core/err.h promises it, err.c sees to it), so outputs are set wherever no error was returned.
 * analyse.sh puts this before every file but err.c itself. */
#ifndef ATH_LINT_KNOWN_H
#define ATH_LINT_KNOWN_H

#include "../../portal/core/err.h"

#define err_set(...)    (err_set(__VA_ARGS__) ?: ST_FATAL)
#define err_field(...)  (err_field(__VA_ARGS__) ?: ST_FATAL)
#define err_sys(...)    (err_sys(__VA_ARGS__) ?: ST_FATAL)
#define err_hint(...)   (err_hint(__VA_ARGS__) ?: ST_FATAL)
#define err_detail(...) (err_detail(__VA_ARGS__) ?: ST_FATAL)
#define err_wrap(...)   (err_wrap(__VA_ARGS__) ?: ST_FATAL)

#endif
