/* Uploads: a complete one is hashed into the store, becomes a file, and, when its name says it is a structure, a
 * structure to inspect.
 *
 * Order: content into the store, rows in one transaction, then the upload's own bytes are deleted. Dying anywhere
 * repeats harmlessly: the store keeps equal content once, the transaction finds its upload done and does nothing, a
 * left-over upload file is removed by the housekeeping. An advisory lock an upload keeps two workers from hashing the
 * same bytes; it is a courtesy, not what correctness rests on.
 */
#include "../portal/core/conf.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"
#include "store.h"
#include "worker.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct upload {
    char id[ID_MAX];
    const char *name, *want;
    int64_t length;
    char hex[SHA_HEX];
};

static bool name_is_structure(const char *name)
{
    static const char *const ends[] = { ".pdb", ".ent", ".cif", ".mmcif", ".gro", ".sdf", ".mol", ".mol2", ".xyz" };
    size_t n = strlen(name);
    if (n > 3 && strcasecmp(name + n - 3, ".gz") == 0)
        n -= 3;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t k = strlen(ends[i]);
        if (n > k && strncasecmp(name + n - k, ends[i], k) == 0)
            return true;
    }
    return false;
}

static enum status stored_tx(struct db *db, void *ctx, struct err *err)
{
    struct upload *u = ctx;
    char file[ID_MAX], structure[ID_MAX];
    id_new("fil", file);
    id_new("str", structure);
    ROWS_AUTO r = NULL;
    enum status st = db_run(db, SQL_WORK_BLOB_ADD, NULL, err, P_TEXT(u->hex), P_I64(u->length));
    if (!st)
        st = db_run(db, SQL_WORK_UPLOAD_STORED, &r, err, P_TEXT(u->id), P_TEXT(file), P_TEXT(u->hex));
    /* The file's row holds the content from here on; the trash may have taken the bytes just before (purge.c). */
    if (!st && db_count(r) && !store_has(u->hex))
        return err_set(err, ST_UNAVAIL, "the content was deleted while it was stored; it is stored again");
    if (!st && db_count(r) && name_is_structure(u->name))
        st = db_run(db, SQL_WORK_STRUCTURE_ADD, NULL, err, P_TEXT(structure), P_TEXT(file));
    return st;
}

/* Reads the bytes into the store. ST_INVALID and ST_TOOBIG: they are not what was announced. */
static enum status upload_take(struct upload *u, const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_set(err, ST_INVALID, "the bytes of the upload are gone: please send the file again");
    int64_t bytes = 0;
    enum status st = store_add(fd, u->length, u->hex, &bytes, err);
    (void)close(fd);
    if (st)
        return st;
    if (bytes != u->length)
        return err_set(err, ST_INVALID, "%lld of %lld bytes arrived: please send the file again", (long long)bytes,
                       (long long)u->length);
    if (u->want && strcasecmp(u->want, u->hex) != 0)
        return err_set(err, ST_INVALID,
                       "the content was changed on its way: its SHA-256 is %.12s…, announced was %.12s…", u->hex,
                       u->want);
    return ST_OK;
}

static enum status upload_store(struct task *t, const char *id, struct err *err)
{
    struct upload u = { 0 };
    char path[PATH_MAX];
    (void)str_fmt(u.id, sizeof u.id, "%s", id);
    ROWS_AUTO r = NULL;
    enum status st = db_run(t->db, SQL_WORK_UPLOAD_GET, &r, err, P_TEXT(id));
    if (st || !db_count(r))
        return st;
    u.name = db_text(r, 0, 2);
    u.length = db_i64(r, 0, 3);
    u.want = db_text(r, 0, 4);
    if (!id_valid("upl", id) || !path_upload(path, id))
        return err_set(err, ST_FATAL, "an upload has no proper id");
    struct err why = { 0 };
    st = upload_take(&u, path, &why);
    fault_point("upload_before_commit");
    if (st == ST_INVALID || st == ST_TOOBIG) {
        log_kv(LOG_INFO, "upload.refused", why.text, "upload", id, NULL);
        st = db_run(t->db, SQL_WORK_UPLOAD_REFUSED, NULL, err, P_TEXT(id), P_TEXT(why.text));
    } else if (st) {
        if (err)
            *err = why;
        return st;
    } else {
        st = db_tx(t->db, DB_READ_COMMITTED, stored_tx, &u, err);
    }
    fault_point("upload_after_commit");
    if (!st)
        (void)unlink(path); /* whoever owns it: the folder is ours too; what stays is swept by the housekeeping */
    return st;
}

static enum status upload_turn(struct task *t, bool *ret_more, struct err *err)
{
    ROWS_AUTO todo = NULL;
    struct err first = { 0 };
    enum status st = db_run0(t->db, SQL_WORK_UPLOAD_TODO, &todo, err);
    for (int i = 0; !st && i < db_count(todo) && !worker_stopping(t); i++) {
        const char *id = db_text(todo, i, 0);
        ROWS_AUTO got = NULL;
        st = db_run(t->db, SQL_WORK_UPLOAD_LOCK, &got, err, P_TEXT(id));
        if (st || !db_bool(got, 0, 0))
            continue;
        struct err why = { 0 };
        enum status one = upload_store(t, id, &why);
        (void)db_run(t->db, SQL_WORK_UPLOAD_UNLOCK, NULL, NULL, P_TEXT(id));
        if (!one) {
            *ret_more = true;
        } else if (!first.st) { /* one that cannot be stored now must not hold up the others */
            first = why;
        }
    }
    if (!st && first.st) {
        st = first.st;
        if (err)
            *err = first;
    }
    return st;
}

void task_upload(struct task *ret_t)
{
    *ret_t =
        (struct task){ .name = "upload", .wakes = WAKE_UPLOAD, .poll_ms = g_conf->worker_poll, .turn = upload_turn };
}
