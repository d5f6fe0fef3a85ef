/* Members of a project. Roles are stated in full (PUT), so there is no version to match; what must hold across two
 * requests - a project always has a lead - is checked while its row is locked.
 */
#include "api.h"

#include "../core/str.h"
#include "../model/json_in.h"

enum { C_ACCOUNT, C_LOGIN, C_NAME, C_ROLE, C_ADDED, C_DISABLED };

enum status api_members_list(struct http_req *req, struct http_reply *ret, struct err *err)
{
    ROWS_AUTO r = NULL;
    struct api_page page;
    struct jsonw w;
    enum status st = api_page_read(req, "usr", &page, err);

    if (!st)
        st = db_run(api_db(req), SQL_MEMBER_LIST, &r, err, P_TEXT(req->arg[0]), P_TEXT(page.after),
                    P_I64(page.limit + 1));
    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    int n = api_page_begin(&w, &page, r);
    for (int i = 0; i < n; i++) {
        jsonw_obj(&w);
        api_ktext(&w, "account", r, i, C_ACCOUNT);
        api_ktext(&w, "login", r, i, C_LOGIN);
        api_ktext(&w, "display_name", r, i, C_NAME);
        api_ktext(&w, "role", r, i, C_ROLE);
        api_ktime(&w, "added_at", r, i, C_ADDED);
        jsonw_kbool(&w, "disabled", db_bool(r, i, C_DISABLED));
        jsonw_obj_end(&w);
    }
    api_page_end(&w, &page, r, C_ACCOUNT);
    return api_json_end(ret, err);
}

struct member_change {
    const char *project, *account;
    const char *role; /* NULL: leaves */
    const char *by;
};

/* Under the project's lock: is this the last lead stepping down, and is there somebody to remove. */
static enum status member_change_tx(struct db *db, void *ctx, struct err *err)
{
    const struct member_change *c = ctx;
    ROWS_AUTO now = NULL;
    enum status st = db_run(db, SQL_PROJECT_LOCK, NULL, err, P_TEXT(c->project));

    if (!st)
        st = db_run(db, SQL_MEMBER_LEADS, &now, err, P_TEXT(c->project), P_TEXT(c->account));
    if (st)
        return st;
    const char *role = db_text(now, 0, 0);
    if (!c->role && !role)
        return err_field(err, ST_NOTFOUND, "not_a_member", NULL, "this person does not belong to the project");
    if (str_eq(role, "lead") && !str_eq(c->role, "lead") && db_i64(now, 0, 1) == 1) {
        (void)err_field(err, ST_CONFLICT, "last_lead", NULL, "a project cannot be without a lead");
        return err_hint(err, "Make somebody else lead first.");
    }
    if (!c->role)
        return db_run(db, SQL_MEMBER_DELETE, NULL, err, P_TEXT(c->project), P_TEXT(c->account), P_TEXT(c->by));
    return db_run(db, SQL_MEMBER_PUT, NULL, err, P_TEXT(c->project), P_TEXT(c->account), P_TEXT(c->role),
                  P_TEXT(c->by));
}

/* The person a path names, by id or login. */
static enum status member_person(struct http_req *req, struct db_rows **ret_r, struct err *err)
{
    struct db_rows *r = NULL;
    enum status st = db_run(api_db(req), SQL_MEMBER_ACCOUNT, &r, err, P_TEXT(req->arg[1]));

    if (st)
        return st;
    (void)db_rows_keep(r, req->arena);
    if (!db_count(r))
        return err_field(err, ST_NOTFOUND, "no_such_account", "account", "there is no account with this id or login");
    *ret_r = r;
    return ST_OK;
}

enum status api_members_put(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const roles[] = { "viewer", "member", "lead", NULL };
    const char *role = NULL;
    const struct json_row rows[] = { JSON_ROW_WORD("role", JF_REQUIRED, roles, &role) };
    struct db_rows *person = NULL;
    struct jsonw w;
    enum status st = API_BODY(req, rows, err);

    if (!st)
        st = member_person(req, &person, err);
    if (st)
        return st;
    if (db_bool(person, 0, 3))
        return err_field(err, ST_CONFLICT, "account_disabled", "account", "this account is disabled");
    struct member_change change = {
        .project = req->arg[0], .account = db_text(person, 0, 0), .role = role, .by = api_me(req)->account
    };
    st = db_tx(api_db(req), DB_READ_COMMITTED, member_change_tx, &change, err);
    if (st)
        return st;
    api_json_begin(ret, 0, &w);
    jsonw_obj(&w);
    api_ktext(&w, "account", person, 0, 0);
    api_ktext(&w, "login", person, 0, 1);
    api_ktext(&w, "display_name", person, 0, 2);
    jsonw_kstr(&w, "role", role);
    jsonw_obj_end(&w);
    return api_json_end(ret, err);
}

enum status api_members_delete(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct db_rows *person = NULL;
    enum status st = member_person(req, &person, err);

    if (st)
        return st;
    struct member_change change = { .project = req->arg[0],
                                    .account = db_text(person, 0, 0),
                                    .by = api_me(req)->account };
    st = db_tx(api_db(req), DB_READ_COMMITTED, member_change_tx, &change, err);
    if (!st)
        api_no_content(ret);
    return st;
}
