/* Rows of uploads and the rule that completes them; used by the handlers and by the sweep. */
#ifndef ATH_API_UPLOADS_H
#define ATH_API_UPLOADS_H

#include "../db/db.h"

/* Columns of upload_get.sql that are asked for by position elsewhere. */
enum { UPLOAD_CREATED_AT = 8, UPLOAD_EXPIRES_AT = 9 };

struct upload_row {
    const char *id, *project, *account, *name, *folder, *state;
    const char *file_id, *structure_id, *reason; /* NULL when there is none */
    int64_t length, expires_unix;
    bool expired;
    const struct db_rows *rows;
};

/* Borrowed from rows that the arena keeps. */
enum status upload_row_get(struct db *db, struct arena *a, const char *id, struct upload_row *ret_row, struct err *err);
/* ST_CONFLICT when the project is archived. */
enum status upload_project_open(struct db *db, const char *project, struct err *err);
/* Says that all bytes are durable; workers are notified in the same transaction. Harmless to repeat. */
enum status upload_complete(struct db *db, const char *id, struct err *err);
/* For an open upload: its offset; completes it when all bytes are there and nobody is writing. */
enum status upload_heal(struct db *db, const char *id, int64_t length, int64_t *ret_offset, bool *ret_healed,
                        struct err *err);

#endif
