/* What the endpoints of one run share: who it belongs to, its folder on disk, and words for what the scheduler and the
 * worker write down in codes.
 */
#ifndef ATH_API_RUN_H
#define ATH_API_RUN_H

#include "api.h"

#include "../model/run_state.h"

#include <jansson.h>

/* --- one run (run.c) ---------------------------------------------------------- */

struct run_head {
    const char *id, *project, *name, *state;
    int64_t attempt;
    bool ended;
};
/* The run of arg[0]; arena memory. ST_NOTFOUND. */
enum status run_head_read(struct http_req *req, struct run_head *ret_h, struct err *err);
/* <var>/projects/<project>/runs/<run>, read only. ST_NOTFOUND (code run_folder_missing) before the worker made it. */
enum status run_dir_open(const struct run_head *h, int *ret_fd, struct err *err);
/* A regular file below the run folder, rel is foreign text. ret_size is its length now. */
enum status run_file_open(const struct run_head *h, const char *rel, int *ret_fd, int64_t *ret_size, struct err *err);
/* One named entry of a list in the result document as text, and the document's hash; arena memory. ST_NOTFOUND says
 * whether the run has no results yet or no such entry. */
enum status run_result_item(struct http_req *req, const char *list, const char *name, const char **ret_json,
                            const char **ret_sha256, struct err *err);
/* That entry as a tree that lives as long as the request. */
enum status run_item_parse(struct http_req *req, const char *text, json_t **ret_item, struct err *err);
/* Strong validator of a file that no longer changes: inode, size, time. */
const char *run_file_etag(struct http_req *req, int fd, int64_t size);
/* FNV-1a: a fingerprint for conditional requests, not a defence. */
uint64_t run_digest(const void *p, size_t n);
/* Validator of a part of the results: the document's hash and which part it is. */
const char *run_part_etag(struct http_req *req, const char *sha256, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Media type by the ending of a name; never one that a browser would run. */
const char *run_file_type(const char *name);

/* The page of one run as a reply (api_run_get.c). */
enum status run_reply(struct http_req *req, struct http_reply *ret, int code, const char *id, struct err *err);

/* The fold of all events so far, also of wishes the worker has not taken in yet (api_run_actions.c). ret_seq: how many
 * events it includes, for run_event_append. */
enum status run_fold_read(struct db *db, const char *run, struct run_fold *ret_f, int64_t *ret_seq, bool *ret_trashed,
                          struct err *err);
/* A transaction that appends to what run_fold_read gave it, begun again when somebody else was quicker. */
enum status run_tx_fresh(struct db *db, enum status (*fn)(struct db *db, void *ctx, struct err *err), void *ctx,
                         struct err *err);

/* --- words (run_words.c) -------------------------------------------------------- */

/* A run's state as what follows "The run": "is running", "has failed". */
const char *run_state_text(const char *state);
/* What an event means, as a sentence. */
const char *run_event_text(const char *kind);
/* Why a job waits: the scheduler's code as a sentence, and what one can do ("" when only waiting helps). */
void run_reason_text(const char *reason, char *text, size_t text_cap, const char **ret_hint);
/* "reason": null or {code, text, hint}. */
void run_reason_write(struct jsonw *w, const char *reason);
/* {id, seq, kind, text, attempt, at, actor, data} of a row of run_timeline or run_events_after. */
void run_event_write(struct jsonw *w, const struct db_rows *r, int row);
/* "8 h 40 min", "35 s". */
void run_duration_text(double seconds, char *out, size_t cap);
/* When the scheduler expects a waiting run to start, as a sentence with the time and how long that is from now; ""
 * for no estimate (0) and for one that has passed. Times are wall microseconds. */
void run_start_text(int64_t start_us, int64_t now_us, char *out, size_t cap);

#endif
