/* Uploads: the tus 1.0 protocol (creation, creation-with-upload, termination, expiration, checksum).
 *
 * Flow: POST reserves quota and makes the row in one transaction; PATCH (or the body of POST) appends to the file
 * (upload_file.h); when the file has its announced length the row becomes `complete` and a worker is notified, which
 * hashes and stores the content and makes the file row. GET tells the state in JSON, for people and scripts.
 *
 * The offset is always measured, never remembered. If the portal dies between the last byte and the row, the next
 * HEAD, GET or sweep (upload_sweep.c) finds a full file under an open row and completes it.
 */
#include "api.h"
#include "tus.h"
#include "upload_file.h"
#include "uploads.h"

#include "../core/conf.h"
#include "../core/id.h"
#include "../core/str.h"

#include <string.h>

/* What a POST or PATCH keeps between open, write and its handler; arena memory. */
struct upload_call {
    struct upload_row row;
    struct upload_file *file;
    bool typed; /* POST: the body said what it is */
};

/* --- the protocol's frame ---------------------------------------------------- */

/* Every answer carries the version; a client that speaks another one gets 412 and is told ours. */
static enum status tus_begin(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *version = http_header(req, "Tus-Resumable");

    http_reply_header(ret, "Tus-Resumable", TUS_VERSION);
    if (str_eq(version, TUS_VERSION))
        return ST_OK;
    http_reply_header(ret, "Tus-Version", TUS_VERSION);
    return err_field(err, ST_PRECONDITION, "tus_version", "Tus-Resumable", "Uploads here speak tus " TUS_VERSION ".");
}

static void offset_headers(struct http_req *req, struct http_reply *ret, const struct upload_row *row, int64_t offset)
{
    http_reply_header(ret, "Upload-Offset", arena_printf(req->arena, "%lld", (long long)offset));
    if (str_eq(row->state, "open"))
        http_reply_header(ret, "Upload-Expires", tus_date(req->arena, row->expires_unix));
}

enum status api_uploads_options(struct http_req *req, struct http_reply *ret, struct err *err)
{
    (void)err;
    http_reply_header(ret, "Tus-Resumable", TUS_VERSION);
    http_reply_header(ret, "Tus-Version", TUS_VERSION);
    http_reply_header(ret, "Tus-Extension", TUS_EXTENSIONS);
    http_reply_header(ret, "Tus-Checksum-Algorithm", TUS_ALGORITHMS);
    http_reply_header(ret, "Tus-Max-Size", arena_printf(req->arena, "%lld", (long long)g_conf->upload_max));
    api_no_content(ret);
    return ST_OK;
}

/* Gone for good: a client starts again instead of trying for ever. */
static enum status upload_ended(struct http_reply *ret, const struct upload_row *row, struct err *err)
{
    ret->code = 410;
    if (row->expired && str_eq(row->state, "open"))
        return err_field(err, ST_NOTFOUND, "upload_expired", NULL, "this upload was not finished in time");
    return err_field(err, ST_NOTFOUND, "upload_ended", NULL, "this upload was given up");
}

static bool upload_is_gone(const struct upload_row *row)
{
    return str_eq(row->state, "ended") || (row->expired && str_eq(row->state, "open"));
}

/* Can bytes be added. */
static enum status upload_open_check(struct http_reply *ret, const struct upload_row *row, struct err *err)
{
    if (upload_is_gone(row))
        return upload_ended(ret, row, err);
    if (!str_eq(row->state, "open"))
        return err_field(err, ST_CONFLICT, "upload_complete", NULL, "this upload already has all its bytes");
    return ST_OK;
}

/* --- bodies ----------------------------------------------------------------------- */

/* Locks the file and checks what this request is about to append to it. */
static enum status body_begin(struct http_req *req, struct upload_call *call, int64_t offset, struct err *err)
{
    struct tus_checksum sum;
    enum status st = tus_checksum_parse(http_header(req, "Upload-Checksum"), &sum, err);
    if (st)
        return st;
    st = upload_file_open(call->row.id, true, &call->file, err);
    if (st)
        return st;
    int64_t size = upload_file_offset(call->file);
    if (offset != size) {
        (void)err_field(err, ST_CONFLICT, "offset_mismatch", "Upload-Offset", "%lld bytes have arrived, not %lld",
                        (long long)size, (long long)offset);
        st = err_hint(err, "Ask for the offset with HEAD and go on from there.");
    } else if (req->content_length > call->row.length - offset) {
        st = err_field(err, ST_TOOBIG, "upload_too_long", "Content-Length",
                       "The upload was announced with %lld bytes; this request would pass them.",
                       (long long)call->row.length);
    } else {
        st = upload_file_expect(call->file, call->row.length, &sum, err);
    }
    if (st) {
        upload_file_close(call->file);
        call->file = NULL;
        return st;
    }
    req->stream_ctx = call;
    return ST_OK;
}

static enum status body_write(struct http_req *req, const char *p, size_t n, struct err *err)
{
    struct upload_call *call = req->stream_ctx;

    if (!call->typed)
        return err_field(err, ST_MEDIA, "content_type", "Content-Type",
                         "the bytes of an upload are " TUS_BODY_TYPE ".");
    return upload_file_write(call->file, p, n, err);
}

static void body_close(struct http_req *req, bool complete)
{
    struct upload_call *call = req->stream_ctx;

    (void)complete; /* what arrived counts either way */
    upload_file_close(call->file);
    call->file = NULL;
}

/* After the last byte of a request: verified; durable and completed when it was the last of all. */
static enum status body_end(struct http_req *req, struct http_reply *ret, struct upload_call *call, struct err *err)
{
    enum status st = upload_file_finish(call->file, err);

    if (st == ST_CONFLICT) {
        ret->code = 460; /* tus: checksum mismatch */
        offset_headers(req, ret, &call->row, upload_file_offset(call->file));
    }
    if (!st && upload_file_offset(call->file) == call->row.length)
        st = upload_complete(api_db(req), call->row.id, err);
    return st;
}

/* --- creation ---------------------------------------------------------------------- */

struct create_tx {
    const char *id;
    const char *account;
    int64_t length;
    const struct tus_metadata *meta;
};

static enum status create_in_tx(struct db *db, void *ctx, struct err *err)
{
    const struct create_tx *c = ctx;
    enum status st =
        db_run(db, SQL_UPLOAD_RESERVE, NULL, err, P_TEXT(c->meta->project), P_TEXT(c->account), P_I64(c->length));
    if (st)
        return st == ST_QUOTA ? err_hint(err, API_QUOTA_HINT) : st;
    return db_run(db, SQL_UPLOAD_INSERT, NULL, err, P_TEXT(c->id), P_TEXT(c->meta->project), P_TEXT(c->account),
                  P_TEXT(c->meta->filename), P_I64(c->length),
                  c->meta->has_sha256 ? P_BYTES(c->meta->sha256, sizeof(c->meta->sha256)) : P_NULL,
                  P_I64(g_conf->upload_expires), P_TEXT(c->meta->folder));
}

static enum status create_check(struct http_req *req, struct tus_metadata *ret_meta, int64_t *ret_length,
                                bool *ret_typed, struct err *err)
{
    const char *type = http_header(req, "Content-Type");
    enum status st;

    if (http_header(req, "Upload-Defer-Length")) {
        (void)err_field(err, ST_INVALID, "defer_length", "Upload-Defer-Length",
                        "the length must be known at the start, because storage is reserved for it");
        return err_hint(err, "Send Upload-Length.");
    }
    st = tus_number(http_header(req, "Upload-Length"), "Upload-Length", g_conf->upload_max, ret_length, err);
    if (st)
        return st;
    *ret_typed = type && str_eq(type, TUS_BODY_TYPE);
    if (req->content_length > 0 && !*ret_typed)
        return err_field(err, ST_MEDIA, "content_type", "Content-Type",
                         "the bytes of an upload are " TUS_BODY_TYPE ".");
    if (req->content_length > *ret_length)
        return err_field(err, ST_TOOBIG, "upload_too_long", "Content-Length", "the body is longer than Upload-Length");
    st = tus_metadata_parse(req->arena, http_header(req, "Upload-Metadata"), ret_meta, err);
    if (st)
        return st;
    st =
        auth_project_check(api_db(req), req->principal, ret_meta->project, NEED_MEMBER, "Upload-Metadata.project", err);
    if (st)
        return st;
    return upload_project_open(api_db(req), ret_meta->project, err);
}

static enum status create_open(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct upload_call *call = arena_alloc(req->arena, sizeof(*call));
    struct tus_metadata meta;
    struct tus_checksum sum;
    char id[ID_MAX];
    int64_t length = 0;
    enum status st = tus_begin(req, ret, err);

    if (!st)
        st = create_check(req, &meta, &length, &call->typed, err);
    if (!st)
        st = tus_checksum_parse(http_header(req, "Upload-Checksum"), &sum, err);
    if (st)
        return st;
    id_new("upl", id);
    struct create_tx tx = { .id = id, .account = api_me(req)->account, .length = length, .meta = &meta };
    st = db_tx(api_db(req), DB_READ_COMMITTED, create_in_tx, &tx, err);
    if (!st)
        st = upload_row_get(api_db(req), req->arena, id, &call->row, err);
    if (st)
        return st;
    st = body_begin(req, call, 0, err);
    if (st) /* the disk refused: nothing will ever arrive, so free the reservation now */
        (void)db_run(api_db(req), SQL_UPLOAD_END, NULL, NULL, P_TEXT(call->row.id));
    return st;
}

enum status api_uploads_create(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct upload_call *call = req->stream_ctx;

    http_reply_header(ret, "Tus-Resumable", TUS_VERSION);
    api_location(req, ret, "uploads", call->row.id);
    enum status st = body_end(req, ret, call, err);
    if (st)
        return st;
    offset_headers(req, ret, &call->row, upload_file_offset(call->file));
    api_no_content(ret);
    ret->code = 201;
    return ST_OK;
}

const struct http_stream api_uploads_create_stream = { .open = create_open, .write = body_write, .close = body_close };

/* --- appending ------------------------------------------------------------------------ */

/* Only who started an upload adds to it: its bytes count on their account. */
static enum status own_upload_check(const struct http_req *req, const struct upload_row *row, struct err *err)
{
    if (str_eq(row->account, api_me(req)->account))
        return ST_OK;
    return err_field(err, ST_DENIED, "not_your_upload", NULL, "only the person who started an upload can continue it");
}

static enum status append_open(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct upload_call *call = arena_alloc(req->arena, sizeof(*call));
    int64_t offset = 0;
    enum status st = tus_begin(req, ret, err);

    if (!st)
        st = tus_number(http_header(req, "Upload-Offset"), "Upload-Offset", INT64_MAX, &offset, err);
    if (!st)
        st = upload_row_get(api_db(req), req->arena, req->arg[0], &call->row, err);
    if (!st)
        st = own_upload_check(req, &call->row, err);
    if (st)
        return st;
    st = upload_open_check(ret, &call->row, err);
    if (st)
        return st;
    call->typed = true; /* the route's content_type saw to it */
    st = body_begin(req, call, offset, err);
    if (st)
        return st;
    /* Between reading the row and holding the lock somebody may have ended or completed it. */
    st = upload_row_get(api_db(req), req->arena, req->arg[0], &call->row, err);
    if (!st)
        st = upload_open_check(ret, &call->row, err);
    if (st) {
        if (str_eq(call->row.state, "ended")) /* then opening has made the file anew */
            (void)upload_file_remove(call->row.id, NULL);
        upload_file_close(call->file);
    }
    return st;
}

enum status api_uploads_append(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct upload_call *call = req->stream_ctx;

    http_reply_header(ret, "Tus-Resumable", TUS_VERSION);
    enum status st = body_end(req, ret, call, err);
    if (st)
        return st;
    offset_headers(req, ret, &call->row, upload_file_offset(call->file));
    api_no_content(ret);
    return ST_OK;
}

const struct http_stream api_uploads_append_stream = { .open = append_open, .write = body_write, .close = body_close };

/* --- asking and ending ------------------------------------------------------------------ */

static enum status upload_look(struct http_req *req, struct upload_row *ret_row, int64_t *ret_offset, struct err *err)
{
    enum status st = upload_row_get(api_db(req), req->arena, req->arg[0], ret_row, err);

    if (st)
        return st;
    *ret_offset = ret_row->length;
    if (!str_eq(ret_row->state, "open"))
        return ST_OK;
    bool healed = false;
    st = upload_heal(api_db(req), ret_row->id, ret_row->length, ret_offset, &healed, err);
    if (!st && healed)
        ret_row->state = "complete";
    return st;
}

enum status api_uploads_head(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct upload_row row;
    int64_t offset = 0;
    enum status st = tus_begin(req, ret, err);

    ret->cache = "no-store";
    if (!st)
        st = upload_look(req, &row, &offset, err);
    if (st)
        return st;
    if (upload_is_gone(&row))
        return upload_ended(ret, &row, err);
    api_no_content(ret);
    ret->code = 200;
    offset_headers(req, ret, &row, offset);
    http_reply_header(ret, "Upload-Length", arena_printf(req->arena, "%lld", (long long)row.length));
    http_reply_header(ret, "Upload-Metadata", tus_metadata_format(req->arena, row.name, row.folder, row.project));
    return ST_OK;
}

enum status api_uploads_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct upload_row row;
    int64_t offset = 0;
    struct jsonw w;
    enum status st = upload_look(req, &row, &offset, err);

    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    ret->cache = "no-store";
    jsonw_obj(&w);
    jsonw_kstr(&w, "id", row.id);
    jsonw_kstr(&w, "project", row.project);
    jsonw_kstr(&w, "account", row.account);
    jsonw_kstr(&w, "name", row.name);
    jsonw_kstr(&w, "folder", row.folder);
    jsonw_kstr(&w, "state", row.expired && str_eq(row.state, "open") ? "expired" : row.state);
    jsonw_ki64(&w, "bytes", row.length);
    jsonw_ki64(&w, "offset", offset);
    jsonw_kstr(&w, "file_id", row.file_id);
    jsonw_kstr(&w, "structure_id", row.structure_id);
    jsonw_kstr(&w, "reason", row.reason);
    api_ktime(&w, "created_at", row.rows, 0, UPLOAD_CREATED_AT);
    api_ktime(&w, "expires_at", row.rows, 0, UPLOAD_EXPIRES_AT);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status api_uploads_delete(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct upload_row row;
    struct upload_file *file = NULL;
    ROWS_AUTO ended = NULL;
    enum status st = tus_begin(req, ret, err);

    if (!st)
        st = upload_row_get(api_db(req), req->arena, req->arg[0], &row, err);
    if (!st && api_me(req)->role < ROLE_LEAD)
        st = own_upload_check(req, &row, err);
    if (st)
        return st;
    if (str_eq(row.state, "ended"))
        return upload_ended(ret, &row, err);
    st = upload_file_open(row.id, false, &file, err); /* no file: no byte has come, and nobody to lock out */
    if (st && st != ST_NOTFOUND)
        return st;
    st = db_run(api_db(req), SQL_UPLOAD_END, &ended, err, P_TEXT(row.id));
    if (!st && !db_count(ended)) {
        (void)err_field(err, ST_CONFLICT, "upload_complete", NULL, "this upload already has all its bytes");
        st = err_hint(err, "Put the file into the trash instead.");
    } else if (!st) {
        st = upload_file_remove(row.id, err);
    }
    upload_file_close(file);
    if (!st)
        api_no_content(ret);
    return st;
}
