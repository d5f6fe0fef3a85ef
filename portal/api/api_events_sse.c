/* GET /events?topics=project:prj_…,run:run_…,mine: events as they happen, by server-sent events.
 *
 * Every topic is checked against membership before the stream opens and again while it runs. A client that comes back
 * with Last-Event-ID gets what it missed from the database, without progress; when that is too much, one `resync` event
 * tells it to read the current state instead. The first frame of a fresh stream carries the newest id, so that even a
 * stream that heard nothing can be resumed.
 *
 * "mine" is every project the caller belongs to at the moment of each event: one joined later is heard, one left is
 * not.
 */
#include "live.h"

#include "../core/id.h"
#include "../core/num.h"
#include "../core/str.h"

#include <string.h>

#define REPLAY_EVENTS_MAX 500
#define REPLAY_BYTES_MAX  (1 << 20)
/* Further back than this many events a replay would read too much of the table for one reconnect. */
#define REPLAY_IDS_MAX 50000

struct topics {
    const char *topic[LIVE_TOPICS_MAX], *project[LIVE_TOPICS_MAX];
    size_t n;
    const char *account; /* "mine" is among them; NULL not */
};

static enum status topic_parse(const char *text, struct live_topic *ret_t, struct err *err)
{
    if (str_starts(text, "project:") && id_valid("prj", text + 8)) {
        *ret_t = (struct live_topic){ .text = text, .id = text + 8 };
    } else if (str_starts(text, "run:") && id_valid("run", text + 4)) {
        *ret_t = (struct live_topic){ .text = text, .id = text + 4, .is_run = true };
    } else if (str_eq(text, "mine")) {
        *ret_t = (struct live_topic){ .text = text };
    } else {
        char shown[64];

        (void)utf8_sanitize(text, strlen(text), shown, sizeof shown);
        err_field(err, ST_INVALID, "bad_topic", "topics", "\"%s\" is not a topic.", shown);
        return err_hint(err, "Topics are mine, project:<id> and run:<id>, separated by commas.");
    }
    return ST_OK;
}

enum status live_topics_parse(struct arena *a, const char *text, struct live_topic ret_t[LIVE_TOPICS_MAX],
                              size_t *ret_n, struct err *err)
{
    char *copy = arena_strdup(a, text ? text : ""), *save = NULL;
    size_t n = 0;

    if (!copy)
        return err_field(err, ST_TOOBIG, "too_many_topics", "topics", "The list of topics is too long.");
    for (char *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
        if (n == LIVE_TOPICS_MAX)
            return err_field(err, ST_INVALID, "too_many_topics", "topics", "A stream carries at most %d topics.",
                             LIVE_TOPICS_MAX);
        enum status st = topic_parse(one, &ret_t[n++], err);
        if (st)
            return st;
    }
    if (n == 0) {
        err_field(err, ST_INVALID, "missing_field", "topics", "The stream needs at least one topic.");
        return err_hint(err, "For example topics=project:<id>.");
    }
    *ret_n = n;
    return ST_OK;
}

enum status live_event_id_parse(const char *text, int64_t *ret_id, struct err *err)
{
    *ret_id = -1;
    if (text && *text && !num_i64(text, 0, INT64_MAX, ret_id))
        return err_field(err, ST_INVALID, "bad_number", "Last-Event-ID", "Last-Event-ID is not the id of an event.");
    return ST_OK;
}

/* A token bound to a project sees that project alone. */
static enum status mine_add(struct http_req *req, struct topics *t, struct err *err)
{
    const struct principal *me = api_me(req);
    enum status st = ST_OK;

    if (me->project[0]) {
        st = auth_project_check(api_db(req), req->principal, me->project, NEED_VIEWER, "topics", err);
        t->topic[t->n] = arena_printf(req->arena, "project:%s", me->project);
        t->project[t->n++] = me->project;
        return st;
    }
    t->account = me->account;
    t->topic[t->n] = arena_printf(req->arena, "user:%s", me->account);
    t->project[t->n++] = NULL;
    return st;
}

static enum status topic_add(struct http_req *req, struct topics *t, const struct live_topic *one, struct err *err)
{
    const char *project = one->id;
    enum status st;

    if (!one->id)
        return mine_add(req, t, err);
    if (one->is_run) {
        struct db_rows *r = NULL;

        st = db_run(api_db(req), SQL_RUN_HEAD, &r, err, P_TEXT(one->id));
        if (st)
            return st;
        db_rows_keep(r, req->arena);
        project = db_count(r) ? db_text(r, 0, 0) : "";
    }
    st = auth_project_check(api_db(req), req->principal, project, NEED_VIEWER, "topics", err);
    /* The same words for a run that is not there and one of strangers. */
    if (st == ST_NOTFOUND && one->is_run)
        return err_field(err, ST_NOTFOUND, "not_found", "topics", "There is no such run.");
    if (st)
        return st;
    t->topic[t->n] = one->text;
    t->project[t->n++] = project;
    return ST_OK;
}

static enum status topics_read(struct http_req *req, struct topics *ret_t, struct err *err)
{
    struct live_topic topic[LIVE_TOPICS_MAX];
    size_t n = 0;
    enum status st = live_topics_parse(req->arena, http_query(req, "topics"), topic, &n, err);

    for (size_t i = 0; i < n && !st; i++)
        st = topic_add(req, ret_t, &topic[i], err);
    return st;
}

/* The header a browser sends on reconnect, or the parameter for clients that cannot set headers. -1: none. */
static enum status last_event_id_read(struct http_req *req, int64_t *ret_id, struct err *err)
{
    const char *text = http_header(req, "Last-Event-ID");

    return live_event_id_parse(text ? text : http_query(req, "last_event_id"), ret_id, err);
}

/* The ids below one kind of topic as an array literal; ids hold nothing that needs quoting. */
static const char *id_array(struct http_req *req, const struct topics *t, const char *prefix)
{
    struct buf b;
    const char *text;

    buf_init(&b, 4096);
    buf_addc(&b, '{');
    for (size_t i = 0; i < t->n; i++)
        if (str_starts(t->topic[i], prefix))
            buf_printf(&b, "%s%s", b.len > 1 ? "," : "", t->topic[i] + strlen(prefix));
    buf_addc(&b, '}');
    text = arena_strndup(req->arena, b.p, b.len);
    buf_free(&b);
    return text;
}

static void frame_add(struct buf *replay, int64_t id, const char *name, const char *data)
{
    http_sse_format(replay, &(struct http_sse_event){ .id = id, .name = name, .data = data });
}

/* What the client missed, or one resync. *last_id: up to which event the stream is told. */
static enum status replay_build(struct http_req *req, const struct topics *t, int64_t since, struct buf *replay,
                                int64_t *ret_last, struct err *err)
{
    int64_t newest = live_last_id();
    ROWS_AUTO r = NULL;
    BUF_AUTO json = { 0 };
    enum status st;

    *ret_last = newest;
    if (since < 0) {
        frame_add(replay, newest, "ready", "{}");
        return ST_OK;
    }
    if (since > newest || newest - since > REPLAY_IDS_MAX) {
        frame_add(replay, newest, "resync", "{\"reason\":\"too_old\"}");
        return ST_OK;
    }
    st = db_run(api_db(req), SQL_LIVE_REPLAY, &r, err, P_I64(since), P_TEXT(id_array(req, t, "project:")),
                P_TEXT(id_array(req, t, "run:")), P_I64(REPLAY_EVENTS_MAX + 1), P_TEXT(t->account));
    if (st)
        return st;
    if (db_count(r) > REPLAY_EVENTS_MAX) {
        frame_add(replay, newest, "resync", "{\"reason\":\"too_many\"}");
        return ST_OK;
    }
    buf_init(&json, REPLAY_BYTES_MAX);
    for (int i = 0; i < db_count(r); i++) {
        live_event_json(&json, r, i);
        frame_add(replay, db_i64(r, i, 0), live_event_name(db_text(r, i, 3)), json.p);
    }
    if (!buf_ok(replay) || !buf_ok(&json)) {
        buf_reset(replay);
        frame_add(replay, newest, "resync", "{\"reason\":\"too_many\"}");
        return ST_OK;
    }
    /* Rows may be newer than what the follower has published: the hub must not send those again. */
    if (db_count(r) > 0 && db_i64(r, db_count(r) - 1, 0) > newest)
        *ret_last = db_i64(r, db_count(r) - 1, 0);
    return ST_OK;
}

enum status api_events_stream(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { "topics", "last_event_id", NULL };
    struct topics t = { .n = 0 };
    int64_t since, last = 0;
    BUF_AUTO replay = { 0 };
    enum status st;

    buf_init(&replay, REPLAY_BYTES_MAX);
    st = http_query_only(req, known, err);
    if (!st)
        st = topics_read(req, &t, err);
    if (!st)
        st = last_event_id_read(req, &since, err);
    if (!st)
        st = replay_build(req, &t, since, &replay, &last, err);
    if (st)
        return st;
    return live_subscribe(req, t.topic, t.project, t.n, &replay, last, ret, err);
}
