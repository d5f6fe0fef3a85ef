/* The catalogue of modules: what Lmod's own spider says about the module trees, as rows of table module.
 *
 * The trees' modification times are looked at often; spider runs when they changed, and now and then anyway. It is run
 * twice: spider-json has what each modulefile says, jsonSoftwarePage knows which version a plain name loads. Nothing
 * about any program is coded here (spider.c reads it). If spider fails, the old rows stay.
 */
#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/str.h"
#include "site/helper_client.h"
#include "spider.h"
#include "tree.h"
#include "worker.h"

#include <jansson.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPIDER_MAX (64u << 20)
#define SPIDER_MS  120000
#define TREES_MAX  64
enum { DUTY_CATALOGUE = 2 };

struct catalogue {
    int64_t newest;  /* modification time of the trees at the last success */
    int64_t next_ms; /* when to look whatever the times say */
    char site[20];
    json_t *detail, *defaults; /* of the run under way */
};
struct put {
    struct db *db;
    const struct catalogue *c;
};

/* MODULEPATH as separate arguments. */
static size_t trees_split(char *path, const char *out[TREES_MAX])
{
    size_t n = 0;
    char *save = NULL;
    for (char *p = strtok_r(path, ":", &save); p && n < TREES_MAX; p = strtok_r(NULL, ":", &save))
        out[n++] = p;
    return n;
}

static enum status spider_run(const char *style, const char *const trees[], size_t n, json_t **ret_doc, struct err *err)
{
    char program[PATH_MAX], modulepath[PATH_MAX + 16] = "MODULEPATH=", dir[PATH_MAX + 16];
    const char *argv[TREES_MAX + 4] = { program, "-o", style };
    if (!str_fmt(program, sizeof program, "%s/libexec/spider", g_conf->lmod_dir) ||
        !str_fmt(dir, sizeof dir, "LMOD_DIR=%s/libexec", g_conf->lmod_dir))
        return err_set(err, ST_INVALID, "the setting lmod_dir is too long");
    for (size_t i = 0; i < n; i++) {
        argv[3 + i] = trees[i];
        size_t len = strlen(modulepath);
        if (!str_fmt(modulepath + len, sizeof modulepath - len, "%s%s", i ? ":" : "", trees[i]))
            return err_set(err, ST_INVALID, "the setting modulepath is too long");
    }
    const char *const envp[] = { "PATH=/usr/bin:/bin", "HOME=/", "LANG=C.UTF-8", dir, modulepath, NULL };
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct buf out;
    enum status st = helper_run(argv, envp, in, SPIDER_MAX, SPIDER_MS, &out, err);
    if (in >= 0)
        (void)close(in);
    json_error_t je;
    json_t *doc = st ? NULL : json_loadb(out.p ? out.p : "", out.len, 0, &je);
    buf_free(&out);
    if (st)
        return err_wrap(err, "the module trees cannot be read");
    if (!doc) {
        err_set(err, ST_UNAVAIL, "Lmod's spider gave no JSON");
        return err_detail(err, "%s line %d", je.text, je.line);
    }
    *ret_doc = doc;
    return ST_OK;
}

static enum status module_put(void *ctx, const struct spider_module *m, struct err *err)
{
    const struct put *p = ctx;
    return db_run(p->db, SQL_WORK_MODULE_PUT, NULL, err, P_TEXT(p->c->site), P_TEXT(m->full), P_TEXT(m->name),
                  P_TEXT(m->version), P_BOOL(m->is_default), P_TEXT(m->category), P_TEXT(m->summary),
                  P_TEXT(m->description), P_TEXT(m->help), P_TEXT(m->url), P_TEXT(m->keywords), P_TEXT(m->load));
}

static enum status catalogue_tx(struct db *db, void *ctx, struct err *err)
{
    const struct catalogue *c = ctx;
    struct put put = { .db = db, .c = c };
    enum status st = spider_read(c->detail, c->defaults, module_put, &put, err);
    if (!st)
        st = db_run(db, SQL_WORK_MODULE_GONE, NULL, err, P_TEXT(c->site));
    return st;
}

static enum status catalogue_turn(struct task *t, bool *ret_more, struct err *err)
{
    (void)ret_more;
    struct catalogue *c = t->ctx;
    char path[PATH_MAX];
    const char *trees[TREES_MAX];
    if (g_conf->modulepath[0] ? !str_fmt(path, sizeof path, "%s", g_conf->modulepath)
                              : !path_var(path, "lmod/modulefiles"))
        return err_set(err, ST_INVALID, "the setting modulepath is too long");
    size_t n = trees_split(path, trees);
    int64_t newest = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t m = tree_newest(trees[i]);
        newest = m > newest ? m : newest;
    }
    if (newest == c->newest && clock_mono_ms() < c->next_ms)
        return ST_OK;
    ROWS_AUTO mine = NULL;
    enum status st = db_run(t->db, SQL_WORK_TRY_LOCK, &mine, err, P_I64(DUTY_CATALOGUE));
    if (st || !db_bool(mine, 0, 0))
        return st;
    st = spider_run("spider-json", trees, n, &c->detail, err);
    if (!st)
        st = spider_run("jsonSoftwarePage", trees, n, &c->defaults, err);
    if (!st)
        st = db_tx(t->db, DB_READ_COMMITTED, catalogue_tx, c, err);
    json_decref(c->detail);
    json_decref(c->defaults);
    c->detail = c->defaults = NULL;
    if (!st) {
        c->newest = newest;
        c->next_ms = clock_mono_ms() + g_conf->catalogue_poll;
    }
    return st;
}

static void catalogue_close(struct task *t)
{
    free(t->ctx);
}

void task_catalogue(struct task *ret_t)
{
    struct catalogue *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    (void)str_fmt(c->site, sizeof c->site, "local");
    *ret_t = (struct task){ .name = "catalogue",
                            .poll_ms = g_conf->catalogue_poll / 10 < 60000 ? g_conf->catalogue_poll / 10 : 60000,
                            .turn = catalogue_turn,
                            .close = catalogue_close,
                            .ctx = c };
}
