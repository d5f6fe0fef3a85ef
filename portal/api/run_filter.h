/* Which runs a list is about, for GET /runs and GET /runs.csv: the filters, checked, and the statements that find them.
 */
#ifndef ATH_API_RUN_FILTER_H
#define ATH_API_RUN_FILTER_H

#include "api.h"

struct run_filter {
    const char *account;                         /* whose projects; NULL: administrators, every project */
    const char *project, *state, *template, *by; /* NULL: any; state: words separated by commas */
    const char *pattern, *structure;             /* NULL: any */
    const char *above, *below;                   /* ids that bound the time, both outside; NULL: none */
    bool trashed, oldest;
};

/* What both routes take, for http_query_only. */
#define RUN_FILTER_QUERY                                                                                               \
    "project", "state", "template", "q", "account", "structure", "since", "until", "all", "trashed", "order"

/* Reads and checks the query; strings are the request's. */
enum status run_filter_read(struct http_req *req, struct run_filter *ret_f, struct err *err);
/* A copy whose strings are the arena's, for work that outlives the request. */
void run_filter_copy(const struct run_filter *f, struct arena *a, struct run_filter *ret_f);
/* At most `rows` runs after the run `cursor` (NULL: from the start), columns enum run_page_col. */
enum status run_filter_page(struct db *db, const struct run_filter *f, const char *cursor, int64_t rows,
                            struct db_rows **ret_r, struct err *err);
/* How many runs there are, counted up to `max`. */
enum status run_filter_count(struct db *db, const struct run_filter *f, int64_t max, int64_t *ret_n, struct err *err);

/* Columns of run_page*.sql. */
enum run_page_col {
    PC_ID,
    PC_PROJECT,
    PC_PROJECT_NAME,
    PC_ACCOUNT,
    PC_LOGIN,
    PC_NAME,
    PC_TEMPLATE,
    PC_TEMPLATE_VERSION,
    PC_SITE,
    PC_STATE,
    PC_ATTEMPT,
    PC_REASON,
    PC_CREATED,
    PC_STARTED,
    PC_ENDED,
    PC_UNKNOWN,
    PC_PROGRESS,
    PC_FAILURE,
    PC_PARENT,
    PC_CANCEL,
    PC_HOLD,
    PC_START_ESTIMATE,
    PC_STRUCTURE,
    PC_TRASHED,
};

#endif
