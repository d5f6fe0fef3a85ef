/* helper-inspect: one process a document. Its answer is checked like any foreign text. */
#include "inspect.h"

#include "../portal/core/conf.h"
#include "../portal/core/str.h"
#include "site/helper_client.h"

#define ANSWER_MAX (64u << 20) /* results_max is at most 256 MB, but what is worth showing is far smaller */

static const char *text_of(const json_t *doc, const char *key)
{
    const char *s = json_string_value(json_object_get(doc, key));
    return s ? s : "";
}

enum status inspect_run(const char *mode, const char *name, int fd, json_t **ret_doc, struct err *err)
{
    char seconds[32], memory[32], results[32];
    (void)str_fmt(seconds, sizeof seconds, "--seconds=%lld", (long long)g_conf->inspect_seconds);
    (void)str_fmt(memory, sizeof memory, "--memory=%lld", (long long)g_conf->inspect_memory);
    (void)str_fmt(results, sizeof results, "--max=%lld",
                  (long long)(str_eq(mode, "results") ? g_conf->results_max : g_conf->structure_max));
    const char *const argv[] = { "helper-inspect", seconds, memory, results, mode, name[0] ? name : NULL, NULL };
    const char *const envp[] = { "LANG=C.UTF-8", NULL };
    struct buf out;
    /* Wall time beyond the CPU limit, for a busy machine. */
    int64_t wait_ms = g_conf->inspect_seconds * 3000 + 10000;
    struct err e = { 0 };
    enum status st = helper_run(argv, envp, fd, ANSWER_MAX, wait_ms, &out, &e);
    if (st && !str_eq(e.code, "helper_killed") && !str_eq(e.code, "helper_deadline")) {
        buf_free(&out);
        if (err)
            *err = e;
        return st == ST_TOOBIG ? ST_INVALID : ST_UNAVAIL;
    }
    json_t *doc = st ? NULL : json_loadb(out.p ? out.p : "", out.len, JSON_REJECT_DUPLICATES, NULL);
    buf_free(&out);
    if (!json_is_object(doc)) {
        json_decref(doc);
        err_field(err, ST_INVALID, "over_limits", NULL,
                  "the file could not be read within the limits of time and memory");
        return err_hint(err, "Check that the file is complete and of the format its name says.");
    }
    if (json_is_true(json_object_get(doc, "ok"))) {
        *ret_doc = doc;
        return ST_OK;
    }
    err_field(err, ST_INVALID, text_of(doc, "code"), NULL, "%s", text_of(doc, "text"));
    err_hint(err, "%s", text_of(doc, "hint"));
    json_decref(doc);
    return ST_INVALID;
}
