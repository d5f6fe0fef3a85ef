/* The REST interface: every handler, and the few helpers they share.
 *
 * A handler is `api_<noun>_<verb>`, lives in api_<noun>.c and has one row in
 * routes.c. By the time it runs the guard has checked who calls and, when the row
 * names an object, their role on its project; handlers check only what no row can
 * say. They allocate from req->arena and free nothing. req->thread is the
 * executor's database connection.
 */
#ifndef ATH_API_H
#define ATH_API_H

#include "../auth/auth.h"
#include "../core/conf.h"
#include "../core/jsonw.h"
#include "../db/db.h"
#include "../http/http.h"

#include <limits.h>
#include <stdio.h>

#define API_PREFIX    "/api/v1"
#define API_LIST_MAX  500         /* longest page */
#define API_LIST_DEF  50          /* page length when the client does not say */
#define API_REPLY_MAX (64u << 20) /* ceiling of one JSON reply */
/* What helps when a storage quota is full. */
#define API_QUOTA_HINT "Put files into the trash and empty it, or ask an administrator for more space."

/* routes.c: the one table, ended by name == NULL. */
extern const struct http_route api_routes[];
/* --show-routes: the table as JSON (tests walk it). */
void api_routes_show(FILE *out);

/* The running server, for /metrics and for publishing events; set once by main before requests, NULL at shutdown. */
void api_server_set(struct http_server *s);
struct http_server *api_server(void);

static inline struct db *api_db(const struct http_req *req)
{
    return req->thread;
}
static inline const struct principal *api_me(const struct http_req *req)
{
    return req->principal;
}

/* --- replies ------------------------------------------------------------ */

/* Starts a JSON reply: w writes into ret->body. code 0 is 200. */
void api_json_begin(struct http_reply *ret, int code, struct jsonw *ret_w);
/* ST_TOOBIG when the document passed API_REPLY_MAX. Write the last bracket first. */
enum status api_json_end(const struct http_reply *ret, struct err *err);
/* key: timestamptz column as RFC 3339 UTC, null when NULL. The connection's TimeZone is UTC. */
void api_ktime(struct jsonw *w, const char *key, const struct db_rows *r, int row, int col);
/* Text, int64 and jsonb columns, null when NULL. */
void api_ktext(struct jsonw *w, const char *key, const struct db_rows *r, int row, int col);
void api_kint(struct jsonw *w, const char *key, const struct db_rows *r, int row, int col);
void api_kjson(struct jsonw *w, const char *key, const struct db_rows *r, int row, int col);
/* An empty 204. */
void api_no_content(struct http_reply *ret);
/* Location: API_PREFIX/<collection>/<id> */
void api_location(struct http_req *req, struct http_reply *ret, const char *collection, const char *id);

/* --- versions of shared things ------------------------------------------- */

/* ETag "v<version>". */
void api_etag_version(struct http_req *req, struct http_reply *ret, int64_t version);
/* If-Match as a version: 428 without the header, 412 when it is no version of ours. "*" gives 0: any version.
 * Statements then say `AND ($n = 0 OR version = $n)`. */
enum status api_if_match(const struct http_req *req, int64_t *ret_version, struct err *err);
/* 412 of a row that is there under another version. */
enum status api_stale(struct err *err);

/* --- pages: keyset, newest first ------------------------------------------ */

struct api_page {
    int64_t limit;
    const char *after; /* id of the last row the client has; NULL from the start */
};
/* Reads limit and cursor; the cursor must be an id with this prefix. Statements fetch limit + 1 rows with id < $after.
 */
enum status api_page_read(const struct http_req *req, const char *prefix, struct api_page *ret_page, struct err *err);
/* The cursor of a list of names, which are any bytes: the last name in hex. "" when there is none. */
enum status api_cursor_name(const struct http_req *req, char ret_after[NAME_MAX + 1], struct err *err);
/* {"items":[ … ],"next_cursor":…}: begin opens, then one object a row (at most the returned count), end closes; the id
 * is in column id_col. */
int api_page_begin(struct jsonw *w, const struct api_page *page, const struct db_rows *r);
void api_page_end(struct jsonw *w, const struct api_page *page, const struct db_rows *r, int id_col);
/* The whole reply of a list whose rows are written one like the other. */
enum status api_page_reply(struct http_reply *ret, const struct api_page *page, const struct db_rows *r, int id_col,
                           void (*row_write)(struct jsonw *w, const struct db_rows *r, int row), struct err *err);

/* --- input ------------------------------------------------------------------ */

/* A JSON body by its rows (model/json_in.h). */
#define API_BODY(req, rows, err)                                                                                       \
    JSON_BODY((req)->arena, (req)->body, (req)->body_len, (size_t)g_conf->json_body_max, (rows), (err))
/* Text to search for as an ILIKE pattern in which it stands for itself. */
const char *api_like_pattern(struct arena *a, const char *text);
/* A query parameter that is true or false; stays as it was when absent. */
enum status api_query_bool(const struct http_req *req, const char *name, bool *ret_v, struct err *err);

/* --- content of the store --------------------------------------------------- */

/* <var>/store/ab/cd/<hex>, opened for reading; *ret_size its length. ST_UNAVAIL when the content is not there. */
enum status api_store_open(struct arena *a, const char *sha256_hex, int *ret_fd, int64_t *ret_size, struct err *err);
/* The whole of api_store_open as a download: ranges, ETag = hash, attachment under the user's name. */
enum status api_store_reply(struct http_req *req, struct http_reply *ret, const char *sha256_hex, const char *name,
                            struct err *err);

/* --- background parts of api, in start order (main.c) ----------------------- */

/* upload_sweep.c: completes uploads whose last byte is on disk but whose row does not say so (a crash in between). */
enum status upload_sweep_start(struct err *err);
void upload_sweep_stop(void);

/* catalogue.c: templates of settings.templates_dir. ST_INVALID of a broken template is logged, the others are served.
 */
enum status catalogue_start(struct err *err);
void catalogue_stop(void);

/* live.c: the thread that turns rows of run_event into published events; start after api_server_set. */
enum status live_start(struct err *err);
void live_stop(void);

/* --- handlers --------------------------------------------------------------- */

/* api1 */
http_handler api_projects_list, api_projects_create, api_projects_get, api_projects_update;
http_handler api_members_list, api_members_put, api_members_delete;
http_handler api_uploads_options, api_uploads_create, api_uploads_head, api_uploads_append, api_uploads_delete,
    api_uploads_get;
extern const struct http_stream api_uploads_create_stream, api_uploads_append_stream;
http_handler api_files_list, api_files_get, api_files_update, api_files_delete, api_files_restore, api_files_content;
http_handler api_trash_empty;
http_handler api_folders_list, api_folders_move, api_folders_delete, api_folders_restore, api_files_zip;
http_handler api_activity_list;
http_handler api_structures_list, api_structures_create, api_structures_get, api_structures_content;
http_handler api_modules_list, api_modules_get;
http_handler api_sites_list;
http_handler api_ops_healthz, api_ops_readyz, api_ops_metrics;
http_handler api_openapi_get;

/* sign-in, accounts, tokens, users, audit */
http_handler api_session_create, api_session_get, api_session_delete, api_sessions_list, api_sessions_delete,
    api_sessions_revoke;
http_handler api_account_password, api_account_update;
http_handler api_preferences_list, api_preferences_put, api_preferences_delete;
http_handler api_tokens_list, api_tokens_create, api_tokens_revoke;
http_handler api_users_list, api_users_get, api_users_create, api_users_update;
http_handler api_audit_list;

/* api2: templates, runs, results, events */
http_handler api_templates_list, api_templates_get, api_templates_estimate, api_templates_render;
http_handler api_runs_list, api_runs_csv, api_runs_create, api_runs_get, api_runs_update, api_runs_delete,
    api_runs_restore;
http_handler api_run_cancel, api_run_hold, api_run_release, api_run_requeue, api_run_rerun;
http_handler api_run_events, api_run_progress, api_run_results, api_run_series, api_run_log;
http_handler api_run_files, api_run_file, api_run_archive;
http_handler api_trajectory_get, api_trajectory_topology, api_trajectory_frames;
http_handler api_events_stream;

#endif
