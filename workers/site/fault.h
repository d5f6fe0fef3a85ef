/* Tests: kills this process here when settings.fault_point names this point, once (a file in <var>/run remembers), so
 * that the restarted worker goes on. Does nothing otherwise. */
#ifndef ATH_WORKERS_FAULT_H
#define ATH_WORKERS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

void fault_point(const char *name);
/* Points whose names begin with helper_ are the helper's: writes the entry of its environment that makes it die there,
 * once as well. false: none of these is set. */
bool fault_of_helper(char *out, size_t cap);

#endif
