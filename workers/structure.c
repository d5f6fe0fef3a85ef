/* Structures: each new one is read by helper-inspect, which alone parses foreign files, in its sandbox.
 *
 * What it says in words is kept: facts and findings of a good file, the reason of a refused one. A helper that dies or
 * does not end within its limits means the file is refused; a helper that cannot be started at all means later.
 */
#include "../portal/core/conf.h"
#include "../portal/core/jsonw.h"
#include "../portal/core/log.h"
#include "../portal/core/str.h"
#include "inspect.h"
#include "store.h"
#include "worker.h"

#include <jansson.h>
#include <unistd.h>

static enum status structure_save(struct task *t, const char *id, const char *state, const char *format, json_t *facts,
                                  json_t *findings, struct err *err)
{
    char *f = facts ? json_dumps(facts, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    char *n = findings ? json_dumps(findings, JSON_COMPACT) : NULL;
    enum status st = db_run(t->db, SQL_WORK_STRUCTURE_DONE, NULL, err, P_TEXT(id), P_TEXT(state), P_TEXT(format),
                            P_TEXT(f ? f : "{}"), P_TEXT(n ? n : "[]"));
    free(f);
    free(n);
    return st;
}

static enum status structure_refuse(struct task *t, const char *id, const struct err *why, struct err *err)
{
    json_t *finding = json_pack("{s:s,s:s,s:s}", "level", "error", "code", why->code[0] ? why->code : "unreadable",
                                "text", why->text);
    if (finding && why->hint[0])
        (void)json_object_set_new(finding, "hint", json_string(why->hint));
    json_t *list = json_array();
    (void)json_array_append_new(list, finding);
    enum status st = structure_save(t, id, "refused", NULL, NULL, list, err);
    json_decref(list);
    log_kv(LOG_INFO, "structure.refused", why->text, "structure", id, NULL);
    return st;
}

static enum status structure_inspect(struct task *t, const char *id, const char *name, const char *hex, int64_t bytes,
                                     struct err *err)
{
    struct err why = { 0 };
    if (bytes > g_conf->structure_max) {
        (void)err_field(&why, ST_TOOBIG, "too_large", NULL, "the file has %lld bytes; structures may have at most %lld",
                        (long long)bytes, (long long)g_conf->structure_max);
        return structure_refuse(t, id, &why, err);
    }
    int fd = -1;
    enum status st = store_open(hex, &fd, err);
    if (st)
        return st;
    json_t *doc = NULL;
    st = inspect_run("structure", name, fd, &doc, &why);
    (void)close(fd);
    if (st == ST_UNAVAIL) {
        if (err)
            *err = why;
        return st;
    }
    if (st) {
        st = structure_refuse(t, id, &why, err);
    } else {
        st = structure_save(t, id, "ready", json_string_value(json_object_get(doc, "format")),
                            json_object_get(doc, "facts"), json_object_get(doc, "findings"), err);
    }
    json_decref(doc);
    return st;
}

static enum status structure_turn(struct task *t, bool *ret_more, struct err *err)
{
    ROWS_AUTO todo = NULL;
    enum status st = db_run0(t->db, SQL_WORK_STRUCTURE_TODO, &todo, err);
    for (int i = 0; !st && i < db_count(todo) && !worker_stopping(t); i++) {
        const char *id = db_text(todo, i, 0);
        ROWS_AUTO got = NULL;
        st = db_run(t->db, SQL_WORK_UPLOAD_LOCK, &got, err, P_TEXT(id));
        if (st || !db_bool(got, 0, 0))
            continue;
        *ret_more = true;
        st = structure_inspect(t, id, db_text(todo, i, 1), db_text(todo, i, 2), db_i64(todo, i, 3), err);
        (void)db_run(t->db, SQL_WORK_UPLOAD_UNLOCK, NULL, NULL, P_TEXT(id));
    }
    return st;
}

void task_structure(struct task *ret_t)
{
    *ret_t = (struct task){
        .name = "structure", .wakes = WAKE_STRUCTURE, .poll_ms = g_conf->worker_poll, .turn = structure_turn
    };
}
