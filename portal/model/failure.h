/* Why a run failed, from its log: the template's failure rules and the lines that show it. Pure; any thread. */
#ifndef ATH_MODEL_FAILURE_H
#define ATH_MODEL_FAILURE_H

#include "template.h"

#include "../core/jsonw.h"

enum { FAILURE_LINES_MAX = 20, FAILURE_LINE_BYTES = 300 };

struct failure {
    const char *cause, *text, *hint; /* "" when unknown */
    const char *log;                 /* which log, relative to the run folder; "" when none */
    const char *const *lines;        /* cleaned UTF-8, in the order of the log */
    size_t n_lines;
};

/* The first rule of the template that matches the log (t may be NULL), with the lines around its first match. Without a
 * match: cause "", and the last lines that look like errors, else the last lines. true: a rule matched. */
bool failure_from_log(struct arena *a, const struct template *t, const char *log_name, const char *log, size_t n,
                      struct failure *ret_f);
void failure_write(struct jsonw *w, const struct failure *f); /* {cause,text,hint,log,lines} */

#endif
