/* Query parameters every list shares: a whole request target goes through the reader of targets, then through those
 * of pages, cursors and event streams. */
#include "../../portal/api/live.h"
#include "../../portal/http/http_int.h"
#include "../../portal/http/url.h"

#include "../../portal/core/id.h"
#include "../../portal/core/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void page_check(const struct http_req *req, const char *prefix)
{
    struct api_page page = { 0 };
    struct err err = { 0 };

    if (api_page_read(req, prefix, &page, &err) != ST_OK) {
        if (!str_eq(err.field, "cursor") && !str_eq(err.field, "limit"))
            abort();
        return;
    }
    if (page.limit < 1 || page.limit > API_LIST_MAX || (page.after && prefix && !id_valid(prefix, page.after)))
        abort();
}

static void topics_check(struct arena *a, const char *text)
{
    struct live_topic topic[LIVE_TOPICS_MAX];
    struct err err = { 0 };
    size_t k = 0;

    if (live_topics_parse(a, text, topic, &k, &err) != ST_OK) {
        if (!str_eq(err.field, "topics") || !err.text[0] || !utf8_valid(err.text, strlen(err.text)))
            abort();
        return;
    }
    if (k < 1 || k > LIVE_TOPICS_MAX)
        abort();
    for (size_t i = 0; i < k; i++)
        if (topic[i].id
                ? !id_valid(topic[i].is_run ? "run" : "prj", topic[i].id) || !str_ends(topic[i].text, topic[i].id)
                : !str_eq(topic[i].text, "mine"))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const known[] = { "limit", "cursor", "topics", "last_event_id", NULL };
    ARENA_AUTO a = arena_new(1 << 20);
    struct call c = { .req = { .arena = a } };
    char after[NAME_MAX + 1];
    struct err err = { 0 };
    struct url u;
    int64_t id = 0;
    char *raw = strndup((const char *)data, n);

    c.req.conn = &c;
    c.url = &u;
    if (raw && url_parse(a, raw, &u, &err) == ST_OK) {
        page_check(&c.req, "run");
        page_check(&c.req, NULL);
        if (api_cursor_name(&c.req, after, &err) == ST_OK && strlen(after) > NAME_MAX)
            abort();
        topics_check(a, http_query(&c.req, "topics"));
        if (live_event_id_parse(http_query(&c.req, "last_event_id"), &id, &err) == ST_OK && id < -1)
            abort();
        if (http_query_only(&c.req, known, &err) != ST_OK && !err.text[0])
            abort();
    }
    free(raw);
    return 0;
}
