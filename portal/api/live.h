/* Live events: one thread follows run_event and publishes every row to the streams, in order of ids; another looks
 * every few seconds whether the people behind the streams may still listen.
 */
#ifndef ATH_API_LIVE_H
#define ATH_API_LIVE_H

#include "api.h"

#define LIVE_TOPICS_MAX 16

/* A row of live_events or live_replay as one line of JSON in out (reset first). */
void live_event_json(struct buf *out, const struct db_rows *r, int row);
/* The event's name on the wire: "run", or "progress" for the kind progress. */
const char *live_event_name(const char *kind);
/* Id of the newest event known to the follower; 0 before its first contact with the database. Any thread. */
int64_t live_last_id(void);

/* One topic a client asked for; arena memory. */
struct live_topic {
    const char *text; /* "project:prj_…", "run:run_…" or "mine" */
    const char *id;   /* what follows the colon: well-formed, not yet known to exist; NULL for "mine" */
    bool is_run;
};
/* The parameter topics: one to LIVE_TOPICS_MAX, separated by commas. text NULL is none. */
enum status live_topics_parse(struct arena *a, const char *text, struct live_topic ret_t[LIVE_TOPICS_MAX],
                              size_t *ret_n, struct err *err);
/* Last-Event-ID; -1 when it is absent or empty. */
enum status live_event_id_parse(const char *text, int64_t *ret_id, struct err *err);

/* Joins the hub. topics[i] is "project:…" or "run:…" and projects[i] the project that decides about it, or "user:…" and
 * NULL: each event says itself who may see it. replay holds the frames of events up to last_id. The stream ends within
 * about 15 s of the loss of membership, session or token. */
enum status live_subscribe(struct http_req *req, const char *const topics[], const char *const projects[], size_t n,
                           const struct buf *replay, int64_t last_id, struct http_reply *ret, struct err *err);

#endif
