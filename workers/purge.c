/* The trash: what was in it long enough, or when its project's trash was emptied, is deleted for good.
 *
 * Two steps, each repeated harmlessly after kill -9. First the row of a file, with its structure, and its space is
 * given back, in one transaction; a file that a waiting or running run needs stays until that run has ended. Then
 * content that no file names: its row is deleted, its bytes are unlinked, and only then the transaction commits. An
 * upload of the same content at the same moment waits for that row and looks afterwards whether the bytes are still
 * there (upload.c). Dying between the steps leaves content without a file: each worker looks for such once at its
 * start.
 */
#include "purge.h"

#include "../portal/core/conf.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"
#include "store.h"

#define BATCH 50

struct trashed {
    const char *file;
    bool deleted;
};

static enum status file_tx(struct db *db, void *ctx, struct err *err)
{
    ROWS_AUTO gone = NULL;
    struct trashed *f = ctx;
    enum status st = db_run(db, SQL_WORK_TRASH_LOCK, NULL, err, P_TEXT(f->file));
    if (!st)
        st = db_run(db, SQL_WORK_TRASH_DELETE, &gone, err, P_TEXT(f->file), P_I64(g_conf->trash_days));
    f->deleted = !st && db_count(gone);
    return st;
}

/* ret_n: how many files were deleted. */
static enum status files_purge(struct task *t, int *ret_n, struct err *err)
{
    ROWS_AUTO todo = NULL;
    enum status st = db_run(t->db, SQL_WORK_TRASH_TODO, &todo, err, P_I64(g_conf->trash_days), P_I64(BATCH));
    for (int i = 0; !st && i < db_count(todo) && !worker_stopping(t); i++) {
        struct trashed f = { .file = db_text(todo, i, 0) };
        st = db_tx(t->db, DB_READ_COMMITTED, file_tx, &f, err);
        if (st || !f.deleted)
            continue;
        ++*ret_n;
        log_kv(LOG_INFO, "file.deleted", "its time in the trash is over", "file", f.file, NULL);
    }
    return st;
}

static enum status blob_tx(struct db *db, void *ctx, struct err *err)
{
    ROWS_AUTO gone = NULL;
    const char *hex = ctx;
    enum status st = db_run(db, SQL_WORK_BLOB_DELETE, &gone, err, P_TEXT(hex));
    if (st == ST_NOTFOUND) /* the foreign key */
        return err_set(err, ST_CONFLICT, "somebody has just made a file of this content");
    fault_point("purge_before_unlink");
    if (!st && db_affected(gone))
        st = store_remove(hex, err);
    fault_point("purge_after_unlink");
    return st;
}

static enum status blobs_purge(struct task *t, int *ret_n, struct err *err)
{
    ROWS_AUTO todo = NULL;
    enum status st = db_run(t->db, SQL_WORK_BLOB_UNUSED, &todo, err, P_I64(BATCH));
    for (int i = 0; !st && i < db_count(todo) && !worker_stopping(t); i++) {
        char hex[SHA_HEX];
        (void)str_fmt(hex, sizeof hex, "%s", db_text(todo, i, 0));
        st = db_tx(t->db, DB_READ_COMMITTED, blob_tx, hex, err);
        if (!st)
            ++*ret_n;
        else if (st == ST_CONFLICT)
            st = ST_OK;
    }
    return st;
}

enum status purge_turn(struct task *t, struct purge *p, bool *ret_more, struct err *err)
{
    int files = 0, blobs = 0, runs = 0;
    enum status st = purge_runs(t, &runs, err); /* first: a structure's file waits for its runs to end */
    if (!st)
        st = files_purge(t, &files, err);
    if (files)
        p->settled = false;
    if (!st && !p->settled)
        st = blobs_purge(t, &blobs, err);
    if (!st && !blobs)
        p->settled = true;
    if (files || blobs || runs)
        *ret_more = true;
    return st;
}
