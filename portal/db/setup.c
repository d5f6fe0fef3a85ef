/* Set-up of an empty server: the three roles and the database, made over a superuser's connection.
 *
 * Harmless to repeat: what exists stays as it is (passwords and connection limits of an administrator too).
 * The name of the database is the one db_owner's connection string names, "athanor" by default; the names of the
 * roles are fixed, the grants speak of them. Caveat: these statements take no parameters, so identifiers are
 * escaped by libpq.
 */
#include "db_int.h"

#include "../core/conf.h"
#include "../core/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const ROLES[] = { "athanor_owner", "athanor_web", "athanor_worker" };

/* True when the query of one parameter gives a row. */
static enum status row_exists(PGconn *pg, const char *text, const char *value, bool *ret_exists, struct err *err)
{
    RESULT_AUTO res = PQexecParams(pg, text, 1, NULL, &value, NULL, NULL, 0);
    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        return db_error(pg, res, "setup", err);
    *ret_exists = PQntuples(res) > 0;
    return ST_OK;
}

/* Runs "<before> <quoted name> <after>". */
static enum status exec_about(PGconn *pg, const char *before, const char *name, const char *after, struct err *err)
{
    char *quoted = PQescapeIdentifier(pg, name, strlen(name));
    char text[512];
    bool fits = quoted && str_fmt(text, sizeof text, "%s %s %s", before, quoted, after);
    PQfreemem(quoted);
    return fits ? db_exec_text(pg, text, "setup", err)
                : err_field(err, ST_INVALID, "bad_name", "db_owner", "The name of the database cannot be used.");
}

static void database_name(char out[64])
{
    (void)str_fmt(out, 64, "athanor");
    PQconninfoOption *options = PQconninfoParse(g_conf->db_owner, NULL);
    for (PQconninfoOption *o = options; o && o->keyword; o++) {
        if (str_eq(o->keyword, "dbname") && o->val && o->val[0])
            (void)str_fmt(out, 64, "%s", o->val);
    }
    PQconninfoFree(options);
}

enum status db_setup(const char *superuser, struct err *err)
{
    CONN_AUTO pg = NULL;
    char name[64];
    bool exists = false;
    database_name(name);
    enum status st = db_connect_to(superuser, "athanor-setup", &pg, err);
    if (st == ST_OK)
        st = db_exec_text(pg, "SET statement_timeout = 0", "setup", err); /* CREATE DATABASE copies files */
    for (size_t i = 0; st == ST_OK && i < sizeof ROLES / sizeof ROLES[0]; i++) {
        st = row_exists(pg, "SELECT 1 FROM pg_roles WHERE rolname = $1", ROLES[i], &exists, err);
        if (st == ST_OK && !exists)
            st = exec_about(pg, "CREATE ROLE", ROLES[i], "LOGIN", err);
    }
    if (st == ST_OK)
        st = row_exists(pg, "SELECT 1 FROM pg_database WHERE datname = $1", name, &exists, err);
    if (st == ST_OK && !exists) {
        st = exec_about(
            pg, "CREATE DATABASE", name,
            "OWNER athanor_owner ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0", err);
    }
    if (st == ST_OK)
        st = exec_about(pg, "REVOKE ALL ON DATABASE", name, "FROM PUBLIC", err);
    if (st == ST_OK)
        st = exec_about(pg, "GRANT CONNECT ON DATABASE", name, "TO athanor_web, athanor_worker", err);
    return st;
}
