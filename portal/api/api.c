/* What handlers share: JSON replies, versions, pages, content of the store.
 *
 * Nothing here knows a noun. Times come from PostgreSQL as text in UTC ("2026-11-20 19:14:19.123456+00") and are turned
 * into RFC 3339 by moving characters, which is cheaper than formatting them in the query or parsing them here.
 */
#include "api.h"

#include "../core/conf.h"
#include "../core/file.h"
#include "../core/id.h"
#include "../core/num.h"
#include "../core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

static _Atomic(struct http_server *) g_server;

void api_server_set(struct http_server *s)
{
    atomic_store(&g_server, s);
}
struct http_server *api_server(void)
{
    return atomic_load(&g_server);
}

/* --- replies ------------------------------------------------------------ */

void api_json_begin(struct http_reply *ret, int code, struct jsonw *ret_w)
{
    ret->code = code;
    ret->kind = REPLY_BUF;
    buf_init(&ret->body, API_REPLY_MAX);
    jsonw_init(ret_w, &ret->body);
}

enum status api_json_end(const struct http_reply *ret, struct err *err)
{
    if (!buf_ok(&ret->body))
        return err_field(err, ST_TOOBIG, "reply_too_big", NULL, "the answer is larger than %u MB",
                         API_REPLY_MAX / (1u << 20));
    return ST_OK;
}

void api_ktime(struct jsonw *w, const char *key, const struct db_rows *r, int row, int col)
{
    const char *s = db_text(r, row, col);
    char out[40];

    if (!s || strlen(s) >= sizeof(out)) {
        jsonw_knull(w, key);
        return;
    }
    (void)memcpy(out, s, strlen(s) + 1);
    if (out[10] == ' ')
        out[10] = 'T';
    char *zone = strstr(out + 10, "+00");
    if (zone)
        (void)memcpy(zone, "Z", 2);
    jsonw_kstr(w, key, out);
}

void api_ktext(struct jsonw *w, const char *key, const struct db_rows *r, int row, int col)
{
    jsonw_kstr(w, key, db_text(r, row, col));
}

void api_kint(struct jsonw *w, const char *key, const struct db_rows *r, int row, int col)
{
    if (db_null(r, row, col))
        jsonw_knull(w, key);
    else
        jsonw_ki64(w, key, db_i64(r, row, col));
}

void api_kjson(struct jsonw *w, const char *key, const struct db_rows *r, int row, int col)
{
    jsonw_kraw(w, key, db_text(r, row, col));
}

void api_no_content(struct http_reply *ret)
{
    ret->code = 204;
    ret->kind = REPLY_BUF;
    buf_init(&ret->body, 1);
}

void api_location(struct http_req *req, struct http_reply *ret, const char *collection, const char *id)
{
    http_reply_header(ret, "Location", arena_printf(req->arena, API_PREFIX "/%s/%s", collection, id));
}

/* --- versions of shared things ------------------------------------------- */

void api_etag_version(struct http_req *req, struct http_reply *ret, int64_t version)
{
    ret->etag = arena_printf(req->arena, "v%lld", (long long)version);
}

enum status api_if_match(const struct http_req *req, int64_t *ret_version, struct err *err)
{
    const char *h = http_header(req, "If-Match");
    if (!h) {
        (void)err_field(err, ST_PRECONDITION, "precondition_required", "If-Match",
                        "this changes something shared, so it needs the version it was read at");
        return err_hint(err, "Send If-Match with the ETag of your last GET, or If-Match: * to overwrite.");
    }
    if (str_eq(h, "*")) {
        *ret_version = 0;
        return ST_OK;
    }
    size_t n = strlen(h);
    char digits[24];
    if (n > 3 && n < sizeof(digits) && str_starts(h, "\"v") && h[n - 1] == '"') {
        (void)memcpy(digits, h + 2, n - 3);
        digits[n - 3] = '\0';
        if (num_i64(digits, 1, INT64_MAX, ret_version))
            return ST_OK;
    }
    return api_stale(err);
}

enum status api_stale(struct err *err)
{
    (void)err_field(err, ST_PRECONDITION, "version_changed", "If-Match", "somebody changed this since you read it");
    return err_hint(err, "Read it again, look at what changed, and repeat with the new ETag.");
}

/* --- pages ---------------------------------------------------------------- */

enum status api_page_read(const struct http_req *req, const char *prefix, struct api_page *ret_page, struct err *err)
{
    struct api_page page = { .after = http_query(req, "cursor") };
    enum status st = http_query_i64(req, "limit", API_LIST_DEF, 1, API_LIST_MAX, &page.limit, err);

    if (st)
        return st;
    if (page.after && (prefix ? !id_valid(prefix, page.after) : !*page.after || strlen(page.after) > 200))
        return err_field(err, ST_INVALID, "cursor_invalid", "cursor", "the cursor is not one this list has given");
    *ret_page = page;
    return ST_OK;
}

enum status api_cursor_name(const struct http_req *req, char ret_after[NAME_MAX + 1], struct err *err)
{
    const char *text = http_query(req, "cursor");
    size_t n = text ? strlen(text) / 2 : 0;

    if (n > NAME_MAX || (text && !hex_decode(text, ret_after, n)))
        return err_field(err, ST_INVALID, "bad_cursor", "cursor", "This is not a cursor of this list.");
    ret_after[n] = '\0';
    return ST_OK;
}

int api_page_begin(struct jsonw *w, const struct api_page *page, const struct db_rows *r)
{
    int n = db_count(r);

    jsonw_obj(w);
    jsonw_key(w, "items");
    jsonw_arr(w);
    return n > page->limit ? (int)page->limit : n;
}

void api_page_end(struct jsonw *w, const struct api_page *page, const struct db_rows *r, int id_col)
{
    bool more = db_count(r) > page->limit;

    jsonw_arr_end(w);
    jsonw_kstr(w, "next_cursor", more ? db_text(r, (int)page->limit - 1, id_col) : NULL);
    jsonw_obj_end(w);
}

enum status api_page_reply(struct http_reply *ret, const struct api_page *page, const struct db_rows *r, int id_col,
                           void (*row_write)(struct jsonw *w, const struct db_rows *r, int row), struct err *err)
{
    struct jsonw w;

    api_json_begin(ret, 0, &w);
    int n = api_page_begin(&w, page, r);
    for (int i = 0; i < n; i++)
        row_write(&w, r, i);
    api_page_end(&w, page, r, id_col);
    return api_json_end(ret, err);
}

/* --- input ------------------------------------------------------------------ */

enum status api_query_bool(const struct http_req *req, const char *name, bool *ret_v, struct err *err)
{
    const char *s = http_query(req, name);

    if (!s)
        return ST_OK;
    if (!str_eq(s, "true") && !str_eq(s, "false") && !str_eq(s, "1") && !str_eq(s, "0"))
        return err_field(err, ST_INVALID, "not_a_boolean", name, "%s must be true or false", name);
    *ret_v = *s == 't' || *s == '1';
    return ST_OK;
}

const char *api_like_pattern(struct arena *a, const char *text)
{
    char *out = arena_alloc(a, 2 * strlen(text) + 3), *o = out;

    *o++ = '%';
    for (; *text; text++) {
        if (strchr("%_\\", *text))
            *o++ = '\\';
        *o++ = *text;
    }
    *o++ = '%';
    return out;
}

/* --- content of the store --------------------------------------------------- */

enum status api_store_open(struct arena *a, const char *sha256_hex, int *ret_fd, int64_t *ret_size, struct err *err)
{
    unsigned char hash[32];
    struct stat sb;

    if (!sha256_hex || !hex_decode(sha256_hex, hash, sizeof(hash)))
        return err_field(err, ST_CONFLICT, "not_stored", NULL, "the content is not stored yet");
    const char *path = arena_printf(a, "%s/store/%.2s/%.2s/%s", g_conf->var, sha256_hex, sha256_hex + 2, sha256_hex);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &sb) || !S_ISREG(sb.st_mode)) {
        int errnum = fd < 0 ? errno : EIO;
        if (fd >= 0)
            (void)close(fd);
        (void)err_field(err, ST_UNAVAIL, "content_missing", NULL, "the content of this file cannot be read now");
        err->sys = errnum;
        return err_detail(err, "open %s: %s", path, strerror(errnum));
    }
    *ret_fd = fd;
    *ret_size = sb.st_size;
    return ST_OK;
}

enum status api_store_reply(struct http_req *req, struct http_reply *ret, const char *sha256_hex, const char *name,
                            struct err *err)
{
    int fd = -1;
    int64_t size = 0;
    enum status st = api_store_open(req->arena, sha256_hex, &fd, &size, err);

    if (st)
        return st;
    ret->kind = REPLY_FD;
    ret->fd = fd;
    ret->fd_size = size;
    ret->etag = arena_strdup(req->arena, sha256_hex);
    /* Never a type a browser would render: the bytes and the name are a user's. */
    ret->type = "application/octet-stream";
    http_reply_attachment(req, ret, name);
    return ST_OK;
}
