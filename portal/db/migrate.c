/* Migrations: files NNNN-name.sql, forward only, each in one transaction together with its row in schema_migration.
 *
 * Flow: connect as owner -> advisory lock (a second migrator waits, then finds nothing to do) -> read the folder
 * and refuse gaps and doubles -> compare what is recorded, name and checksum -> apply the new ones -> run
 * 9999-grants.sql, which is repeatable and says in one place what each role may do.
 *
 * Caveats: an applied file is never edited (its checksum would differ and every later migrate refuses). A file must
 * not end the transaction it runs in; that is checked. The only place where text that is not a compiled-in
 * statement reaches the database, and it comes from files of the administrator.
 */
#include "db_int.h"

#include "../core/file.h"
#include "../core/id.h"
#include "../core/num.h"
#include "../core/str.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX     1000
#define FILE_BYTES    (4u << 20)
#define GRANTS_NUMBER 9999
#define LOCK_KEY      "7300"

struct migration {
    uint64_t number;
    char name[128];
    char checksum[65]; /* SHA-256, hex */
    struct buf text;
};

struct migration_set {
    struct migration *list; /* by number */
    size_t n;
    struct migration *grants; /* the last of list, or NULL */
};

static void set_free(struct migration_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        buf_free(&s->list[i].text);
    free(s->list);
}

/* --- the folder --------------------------------------------------------------------------------------------- */

static int is_migration_file(const struct dirent *e)
{
    return str_ends(e->d_name, ".sql") && e->d_name[0] != '.';
}

static enum status migration_read(const char *dir, const char *file, struct migration *m, struct err *err)
{
    char number[5] = { 0 }, path[4096];
    unsigned char hash[crypto_hash_sha256_BYTES];
    (void)snprintf(number, sizeof number, "%.4s", file);
    if (strlen(file) < 10 || strlen(file) >= sizeof m->name || file[4] != '-' ||
        !num_u64(number[0] == '0' ? number + strspn(number, "0") : number, 1, GRANTS_NUMBER, &m->number)) {
        err_field(err, ST_INVALID, "migration_name", file, "The migration \"%s\" is not named NNNN-name.sql.", file);
        return ST_INVALID;
    }
    (void)snprintf(m->name, sizeof m->name, "%s", file);
    if (!str_fmt(path, sizeof path, "%s/%s", dir, file))
        return err_set(err, ST_INVALID, "The path of the migration \"%s\" is too long.", file);
    enum status st = file_read(path, FILE_BYTES, &m->text, err);
    if (st)
        return err_wrap(err, "Reading the migration \"%s\"", file);
    crypto_hash_sha256(hash, (const unsigned char *)m->text.p, m->text.len);
    hex_encode(hash, sizeof hash, m->checksum);
    return ST_OK;
}

static enum status set_check_numbers(struct migration_set *s, struct err *err)
{
    if (s->n && s->list[s->n - 1].number == GRANTS_NUMBER)
        s->grants = &s->list[s->n - 1];
    size_t numbered = s->n - (s->grants ? 1 : 0);
    for (size_t i = 0; i < numbered; i++) {
        if (s->list[i].number != i + 1) {
            err_field(err, ST_INVALID, "migration_gap", s->list[i].name,
                      "Migration %zu is missing or there twice: \"%s\" comes in its place.", i + 1, s->list[i].name);
            return err_hint(err, "Migrations are numbered 0001, 0002 ... without gaps; install the complete folder.");
        }
    }
    if (numbered == 0 || !s->grants)
        return err_field(err, ST_INVALID, "migration_missing", NULL,
                         "The folder of migrations is incomplete: it needs 0001-... and 9999-grants.sql.");
    return ST_OK;
}

static enum status set_read(const char *dir, struct migration_set *s, struct err *err)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_migration_file, alphasort);
    if (n < 0) {
        err_sys(err, errno, "The folder of migrations cannot be read");
        return err_detail(err, "%s", dir);
    }
    enum status st = ST_OK;
    s->list = calloc((size_t)n + 1, sizeof *s->list);
    if (n > FILES_MAX)
        st = err_set(err, ST_INVALID, "The folder of migrations holds more than %d files.", FILES_MAX);
    else if (!s->list)
        st = err_set(err, ST_FATAL, "Out of memory for the migrations.");
    for (int i = 0; i < n; i++) {
        if (st == ST_OK && s->list) {
            st = migration_read(dir, names[i]->d_name, &s->list[s->n], err);
            s->n++;
        }
        free(names[i]);
    }
    free(names);
    return st ? st : set_check_numbers(s, err);
}

/* --- what the database has ---------------------------------------------------------------------------------- */

/* rows: number, name, checksum by number. ret_done: how many of the files are applied. */
static enum status set_compare(const struct migration_set *s, const PGresult *rows, size_t *ret_done, struct err *err)
{
    size_t done = (size_t)PQntuples(rows), numbered = s->n - 1;
    if (done > numbered) {
        err_field(err, ST_CONFLICT, "schema_newer", NULL,
                  "The database has %zu migrations, this program knows %zu: it is older than the database.", done,
                  numbered);
        return err_hint(err, "Install the newer version again; going back needs the backup made before.");
    }
    for (size_t i = 0; i < done; i++) {
        const struct migration *m = &s->list[i];
        int row = (int)i;
        if (!str_eq(PQgetvalue(rows, row, 1), m->name) || !str_eq(PQgetvalue(rows, row, 2), m->checksum)) {
            err_field(err, ST_CONFLICT, "migration_changed", m->name,
                      "Migration \"%s\" was applied in another form (%s, sha256 %.12s).", m->name,
                      PQgetvalue(rows, row, 1), PQgetvalue(rows, row, 2));
            return err_hint(err, "Applied migrations never change: restore the file and write a new one.");
        }
    }
    *ret_done = done;
    return ST_OK;
}

static enum status rows_of(PGconn *pg, PGresult **ret_res, struct err *err)
{
    static const char TEXT[] = "SELECT number, name, checksum FROM schema_migration ORDER BY number";
    PGresult *res = PQexecParams(pg, TEXT, 0, NULL, NULL, NULL, NULL, 0);
    if (PQresultStatus(res) != PGRES_TUPLES_OK) {
        enum status st = db_error(pg, res, "schema_migration", err);
        PQclear(res);
        return st;
    }
    *ret_res = res;
    return ST_OK;
}

/* --- applying ----------------------------------------------------------------------------------------------- */

static enum status migration_exec(PGconn *pg, const struct migration *m, struct err *err)
{
    enum status st = db_exec_text(pg, m->text.p, m->name, err);
    if (st == ST_OK && PQtransactionStatus(pg) != PQTRANS_INTRANS)
        st = err_set(err, ST_INVALID, "It ends its own transaction.");
    return st;
}

static enum status migration_record(PGconn *pg, const struct migration *m, struct err *err)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%zu", (size_t)m->number);
    const char *const values[] = { number, m->name, m->checksum };
    RESULT_AUTO res = PQexecParams(pg, "INSERT INTO schema_migration (number, name, checksum) VALUES ($1, $2, $3)", 3,
                                   NULL, values, NULL, NULL, 0);
    return PQresultStatus(res) == PGRES_COMMAND_OK ? ST_OK : db_error(pg, res, "schema_migration", err);
}

static enum status migration_apply(PGconn *pg, const struct migration *m, bool record, struct err *err)
{
    enum status st = db_exec_text(pg, "BEGIN", "begin", err);
    if (st == ST_OK)
        st = migration_exec(pg, m, err);
    if (st == ST_OK && record)
        st = migration_record(pg, m, err);
    if (st == ST_OK)
        return db_exec_text(pg, "COMMIT", "commit", err);
    (void)db_exec_text(pg, "ROLLBACK", "rollback", NULL);
    /* People who migrate are administrators: they need the database's own words. */
    if (err && err->detail[0]) {
        char words[sizeof err->detail];
        (void)str_fmt(words, sizeof words, "%s", err->detail);
        err_set(err, st, "%.350s", words);
    }
    return err_wrap(err, "Migration \"%s\" was not applied", m->name);
}

static enum status migrate_locked(PGconn *pg, const struct migration_set *s, int *ret_applied, struct err *err)
{
    enum status st =
        db_exec_text(pg,
                     "SET idle_in_transaction_session_timeout = 0;"
                     "SET client_min_messages = warning;"
                     "CREATE TABLE IF NOT EXISTS schema_migration (number int PRIMARY KEY, name text NOT NULL,"
                     " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
                     "schema_migration", err);
    RESULT_AUTO rows = NULL;
    size_t done = 0;
    if (st == ST_OK)
        st = rows_of(pg, &rows, err);
    if (st == ST_OK)
        st = set_compare(s, rows, &done, err);
    int applied = 0;
    for (size_t i = done; st == ST_OK && &s->list[i] != s->grants; i++, applied++)
        st = migration_apply(pg, &s->list[i], true, err);
    if (st == ST_OK)
        st = migration_apply(pg, s->grants, false, err);
    if (st == ST_OK && ret_applied)
        *ret_applied = applied;
    return st;
}

static enum status migrate_set(const struct migration_set *set, int *ret_applied, struct err *err)
{
    CONN_AUTO pg = NULL;
    enum status st = db_connect(DB_OWNER, "athanor-migrate", &pg, err);
    if (st == ST_OK)
        st = db_exec_text(pg,
                          "SET lock_timeout = 0; SET statement_timeout = '10min'; "
                          "SELECT pg_advisory_lock(" LOCK_KEY ")",
                          "migration lock", err);
    /* A long table rewrite is fine; waiting long for a lock, with everybody queueing behind us, is not. */
    if (st == ST_OK)
        st = db_exec_text(pg, "SET lock_timeout = '30s'; SET statement_timeout = 0", "lock_timeout", err);
    if (st == ST_OK)
        st = migrate_locked(pg, set, ret_applied, err);
    return st; /* closing the connection gives the lock back */
}

enum status db_migrate(const char *dir, int *ret_applied, struct err *err)
{
    struct migration_set set = { 0 };
    enum status st = set_read(dir, &set, err);
    if (st == ST_OK)
        st = migrate_set(&set, ret_applied, err);
    set_free(&set);
    return st;
}

static enum status check_set(struct db *db, const struct migration_set *set, struct err *err)
{
    RESULT_AUTO rows = NULL;
    size_t done = 0;
    enum status st = db_ready(db, err);
    if (st == ST_OK)
        st = rows_of(db->pg, &rows, err);
    if (st == ST_OK)
        st = set_compare(set, rows, &done, err);
    if (st == ST_OK && done < set->n - 1) {
        err_field(err, ST_CONFLICT, "schema_older", NULL, "The database lacks %zu of %zu migrations.",
                  set->n - 1 - done, set->n - 1);
        return err_hint(err, "Run \"athanorctl migrate\".");
    }
    return st;
}

enum status db_migrate_check(struct db *db, const char *dir, struct err *err)
{
    struct migration_set set = { 0 };
    enum status st = set_read(dir, &set, err);
    if (st == ST_OK)
        st = check_set(db, &set, err);
    set_free(&set);
    return st;
}
