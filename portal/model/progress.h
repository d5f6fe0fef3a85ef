/* One line of progress.ndjson (docs/contracts.md section 2). Unknown keys and values that are no numbers are dropped;
 * lines over 4 kB or that are no JSON object are refused (the reader skips them). Pure; any thread. */
#ifndef ATH_MODEL_PROGRESS_H
#define ATH_MODEL_PROGRESS_H

#include "../core/err.h"
#include "../core/jsonw.h"

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_LINE_MAX 4096
enum { PROGRESS_STAGES_MAX = 32, PROGRESS_VALUES_MAX = 32 };

struct progress {
    bool has_t, has_step, has_steps, has_fraction, has_ns_per_day, has_eta;
    double t, fraction, ns_per_day, eta_s; /* t: unix seconds; fraction 0..1 */
    int64_t step, steps;
    char stage[64]; /* "" when not said */
    unsigned n_stages, n_values;
    char stages[PROGRESS_STAGES_MAX][64];
    struct {
        char name[64];
        double value;
    } values[PROGRESS_VALUES_MAX];
};

enum status progress_read(const char *line, size_t n, struct progress *ret_p, struct err *err);
void progress_write(struct jsonw *w, const struct progress *p);

#endif
