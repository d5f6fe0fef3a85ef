/* Structured log: one JSON object a line on stderr (or logfmt-like text on a terminal).
 *
 * {"t":"2026-…Z","level":"info","prog":"portal","req":"req_…","what":"http.request", "msg":"…", …pairs}
 * Pairs are key, value strings ended by NULL. Values are escaped; lines over 8 kB are cut.
 * The request id is bound per thread. Thread-safe (one write() a line).
 */
#ifndef ATH_CORE_LOG_H
#define ATH_CORE_LOG_H

#include "err.h"

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_init(const char *prog, enum log_level min, int fd, bool json);
void log_bind(const char *request_id); /* NULL unbinds; copied */
const char *log_bound(void);           /* "" when none */
/* what: dotted stable name; pairs: const char *key, const char *value, ..., NULL. */
void log_kv(enum log_level lv, const char *what, const char *msg, ...) __attribute__((sentinel));
void log_fmt(enum log_level lv, const char *what, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* One line for an error at the edge: status, code, field, text, detail, sqlstate, errno. */
void log_err(enum log_level lv, const char *what, const struct err *err);
bool log_level_parse(const char *s, enum log_level *ret_lv);

#endif
