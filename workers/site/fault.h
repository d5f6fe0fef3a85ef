/* Tests: kills this process here when settings.fault_point names this point, once (a file in <var>/run remembers), so
 * that the restarted worker goes on. Does nothing otherwise. */
#ifndef ATH_WORKERS_FAULT_H
#define ATH_WORKERS_FAULT_H

void fault_point(const char *name);

#endif
