/* What helper-inspect may still do once it reads foreign bytes: read and write open descriptors, use memory, exit. */
#ifndef ATH_HELPER_SANDBOX_H
#define ATH_HELPER_SANDBOX_H

#include "../../portal/core/err.h"

#include <stdint.h>

/* Sets resource limits and the system-call filter, for good. A forbidden call ends the process by SIGSYS.
 * After cpu_s seconds of CPU SIGXCPU comes once, a second later the end. */
enum status sandbox_enter(uint64_t cpu_s, uint64_t memory_b, struct err *err);

/* Tries one forbidden thing: "open", "socket", "fork", "exec", "kill", "executable-memory". Returns only if the sandbox
 * let it pass, or for an unknown name. For the test that proves the sandbox. */
void sandbox_try(const char *what);

#endif
