/* Settings: one table (conf.def), one file, the environment, in this order of strength:
 * default < file ($ATHANOR_CONF or <var>/athanor.conf, lines "name = value", # comments) < ATHANOR_<NAME> < --set.
 * After conf_load `var` is absolute and the settings documented as "empty: ..." below var hold that value.
 * A wrong name, type or bound is an error naming file, line and setting.
 * Loaded once before threads start; read-only afterwards, so any thread may read.
 */
#ifndef ATH_CORE_CONF_H
#define ATH_CORE_CONF_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One member a row of conf.def. */
struct conf {
#define CONF_STR(name, def, help)             const char *name;
#define CONF_INT(name, def, min, max, help)   int64_t name;
#define CONF_BYTES(name, def, min, max, help) int64_t name;
#define CONF_MS(name, def, min, max, help)    int64_t name;
#define CONF_BOOL(name, def, help)            bool name;
#include "conf.def"
};

extern const struct conf *const g_conf; /* the loaded settings; defaults before conf_load */

/* argv: takes "--conf FILE", "--set name=value", "--show-config" out of it (prints and exits 0). */
enum status conf_load(int *argc, char **argv, struct err *err);
/* Settings text ("name = value" lines); origin names it in errors. For conf_load, tests and the fuzz target. */
enum status conf_read_text(const char *text, size_t n, const char *origin, struct err *err);
/* Fills empty settings that derive from others (folders below var, connection strings); conf_load ends with it. */
void conf_derive(void);
void conf_reset(void); /* back to the defaults; for tests */
/* Every row: name = value  # type, bounds, origin, help. Passwords in connection strings are shown as "***". */
void conf_show(FILE *out);

#endif
