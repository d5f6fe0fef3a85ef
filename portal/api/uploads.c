/* Rows of uploads and the rule that completes them. */
#include "uploads.h"

#include "upload_file.h"

#include "../core/str.h"

enum status upload_row_get(struct db *db, struct arena *a, const char *id, struct upload_row *ret_row, struct err *err)
{
    struct db_rows *r = NULL;
    enum status st = db_run(db, SQL_UPLOAD_GET, &r, err, P_TEXT(id));

    if (st)
        return st;
    (void)db_rows_keep(r, a);
    if (!db_count(r))
        return err_set(err, ST_NOTFOUND, "there is no such upload");
    *ret_row = (struct upload_row){
        .id = db_text(r, 0, 0),
        .project = db_text(r, 0, 1),
        .account = db_text(r, 0, 2),
        .name = db_text(r, 0, 3),
        .length = db_i64(r, 0, 4),
        .state = db_text(r, 0, 5),
        .file_id = db_text(r, 0, 6),
        .reason = db_text(r, 0, 7),
        .expires_unix = db_i64(r, 0, 10),
        .expired = db_bool(r, 0, 11),
        .structure_id = db_text(r, 0, 12),
        .folder = db_text(r, 0, 13),
        .rows = r,
    };
    return ST_OK;
}

enum status upload_project_open(struct db *db, const char *project, struct err *err)
{
    ROWS_AUTO r = NULL;
    enum status st = db_run(db, SQL_PROJECT_ARCHIVED, &r, err, P_TEXT(project));

    if (st)
        return st;
    if (db_count(r) && db_bool(r, 0, 0)) {
        (void)err_field(err, ST_CONFLICT, "project_archived", "project", "the project is archived");
        return err_hint(err, "Its lead can reopen it.");
    }
    return ST_OK;
}

enum status upload_complete(struct db *db, const char *id, struct err *err)
{
    return db_run(db, SQL_UPLOAD_COMPLETE, NULL, err, P_TEXT(id));
}

enum status upload_heal(struct db *db, const char *id, int64_t length, int64_t *ret_offset, bool *ret_healed,
                        struct err *err)
{
    struct upload_file *file = NULL;
    int64_t size = 0;
    int64_t written_s = 0;
    enum status st = upload_file_size(id, &size, &written_s, err);

    *ret_healed = false;
    if (st || size != length) {
        *ret_offset = size;
        return st;
    }
    /* Full, yet open: a writer is about to verify and complete it, or one died before it could. The lock tells. */
    st = upload_file_open(id, length == 0, &file, err);
    if (st == ST_LOCKED) {
        *ret_offset = size;
        return ST_OK;
    }
    if (st)
        return st;
    size = upload_file_offset(file);
    if (size == length) {
        struct tus_checksum none = { .algorithm = TUS_NONE };
        st = upload_file_expect(file, length, &none, err);
        if (!st)
            st = upload_file_finish(file, err);
        if (!st)
            st = upload_complete(db, id, err);
        *ret_healed = !st;
    }
    upload_file_close(file);
    *ret_offset = size;
    return st;
}
