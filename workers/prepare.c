/* From a jobspec to a run folder that athanor-job can execute.
 *
 * The folder's files are written plainly: until the attempt is submitted nobody reads them and a crash makes them
 * again; prepare_sync makes a whole batch durable at once, which costs one flush instead of dozens a run.
 * The template is frozen into the folder with the first attempt, so later attempts run the same code.
 */
#include "prepare.h"

#include "../portal/core/clock.h"
#include "../portal/core/conf.h"
#include "../portal/core/file.h"
#include "../portal/core/str.h"
#include "../portal/model/render.h"
#include "store.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define RENDERED_MAX (4u << 20)
#define ENV_MAX      (1u << 20)
#define LOOK_MS      1000

/* One template as frozen for runs. */
struct frozen {
    struct frozen *next;
    char id[65], dir[PATH_MAX];
    int64_t newest, look_ms; /* newest change of its files; when to look again */
    struct arena *arena;
    const struct template *tpl;
    const struct tree_entry *files;
};

struct kitchen {
    char site[20];
    char projects[PATH_MAX], libexec[PATH_MAX]; /* absolute; "" not looked up yet */
    struct frozen *list;
};

static enum status file_put(const char *dir, const char *rel, const void *p, size_t n, struct err *err)
{
    char path[PATH_MAX];
    if (!str_fmt(path, sizeof path, "%s/%s", dir, rel))
        return err_set(err, ST_FATAL, "a path of the run folder is too long");
    FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return err_sys(err, errno, "the run folder cannot be written");
    const char *c = p;
    while (n) {
        ssize_t w = write(fd, c, n);
        if (w < 0 && errno != EINTR)
            return err_sys(err, errno, "the run folder cannot be written");
        c += w > 0 ? w : 0;
        n -= w > 0 ? (size_t)w : 0;
    }
    return ST_OK;
}

static enum status dir_put(const char *dir, const char *rel, struct err *err)
{
    char path[PATH_MAX];
    if (!str_fmt(path, sizeof path, "%s/%s", dir, rel))
        return err_set(err, ST_FATAL, "a path of the run folder is too long");
    return mkdir(path, 0750) && errno != EEXIST ? err_sys(err, errno, "the run folder cannot be made") : ST_OK;
}

static enum status json_put(const char *dir, const char *rel, const json_t *doc, struct err *err)
{
    char *text = json_dumps(doc, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    enum status st = text ? file_put(dir, rel, text, strlen(text), err)
                          : err_set(err, ST_INVALID, "the description of the run cannot be written as JSON");
    free(text);
    return st;
}

/* run.json: the jobspec plus what makes this attempt this attempt. */
static enum status runjson_put(const struct run *r, int attempt, const char *key, const char *dir, const char *text,
                               struct err *err)
{
    json_t *doc = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(doc)) {
        json_decref(doc);
        return err_set(err, ST_INVALID, "the description of the run is no JSON object");
    }
    (void)json_object_set_new(doc, "run", json_string(r->id));
    (void)json_object_set_new(doc, "attempt", json_integer(attempt));
    (void)json_object_set_new(doc, "key", json_string(key));
    enum status st = json_put(dir, "run.json", doc, err);
    json_decref(doc);
    return st;
}

static void env_add(void *ctx, const char *name, const char *value)
{
    struct buf *b = ctx;
    buf_printf(b, "%s=%s", name, value);
    buf_addc(b, 0);
}

static enum status env_put(const struct jobspec *js, const struct template *tpl, const char *dir, struct err *err)
{
    char text[PATH_MAX + 64];
    BUF_AUTO b = { 0 };
    buf_init(&b, ENV_MAX);
    env_add(&b, "PATH", "/usr/local/bin:/usr/bin:/bin");
    env_add(&b, "LANG", "C.UTF-8");
    (void)str_fmt(text, sizeof text, "%s/init/bash", g_conf->lmod_dir);
    env_add(&b, "ATH_LMOD_INIT", text);
    if (!g_conf->modulepath[0] && path_var(text, "lmod/modulefiles")) {
        char full[PATH_MAX];
        env_add(&b, "MODULEPATH", realpath(text, full) ? full : text);
    } else {
        env_add(&b, "MODULEPATH", g_conf->modulepath);
    }
    buf_adds(&b, "ATH_MODULES=");
    for (size_t i = 0; i < js->n_modules; i++)
        buf_printf(&b, "%s%s", i ? " " : "", js->modules[i]);
    buf_addc(&b, 0);
    (void)str_fmt(text, sizeof text, "%s/template/lib", dir);
    env_add(&b, "ATH_LIB", text);
    if (js->sha256) {
        (void)str_fmt(text, sizeof text, "%s/inputs/structure.%s", dir, js->format);
        env_add(&b, "ATH_STRUCTURE", text);
        env_add(&b, "ATH_STRUCTURE_FORMAT", js->format);
    }
    (void)str_fmt(text, sizeof text, "%lld", (long long)tpl->margin_s);
    env_add(&b, "ATH_MARGIN_S", text);
    jobspec_env(js, env_add, &b);
    return buf_ok(&b) ? file_put(dir, "env", b.p, b.len, err)
                      : err_set(err, ST_INVALID, "the environment is too large");
}

/* Stored as it came, perhaps gzipped; run.sh gets it plain. */
static enum status input_unzip(const char *hex, const char *path, struct err *err)
{
    int fd = -1;
    enum status st = store_open(hex, &fd, err);
    if (st)
        return st;
    gzFile z = gzdopen(fd, "rb");
    FD_AUTO out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (!z || out < 0)
        st = err_sys(err, errno, "the input file cannot be made");
    char piece[65536];
    int64_t total = 0;
    for (int n; !st && (n = gzread(z, piece, sizeof piece)) != 0;) {
        total += n;
        if (n < 0 || total > g_conf->structure_max)
            st = err_set(err, ST_INVALID, "the structure file cannot be unpacked");
        else if (write(out, piece, (size_t)n) != n)
            st = err_sys(err, errno, "the input file cannot be made");
    }
    if (z)
        (void)gzclose(z);
    else
        (void)close(fd);
    return st;
}

static enum status structure_put(const struct jobspec *js, const char *dir, struct err *err)
{
    char path[PATH_MAX];
    unsigned char magic[2] = { 0 };
    if (!js->sha256)
        return ST_OK;
    if (!str_is_slug(js->format, 16) || !str_fmt(path, sizeof path, "%s/inputs/structure.%s", dir, js->format))
        return err_set(err, ST_INVALID, "the structure's format is no plain word");
    int fd = -1;
    enum status st = store_open(js->sha256, &fd, err);
    if (st)
        return st;
    bool zipped = pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    (void)close(fd);
    return zipped ? input_unzip(js->sha256, path, err) : store_copy_to(js->sha256, path, err);
}

static enum status inputs_render(const struct jobspec *js, const struct template *tpl, const char *dir, struct err *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; !st && i < tpl->n_inputs; i++) {
        char path[PATH_MAX], out[512];
        BUF_AUTO text = { 0 };
        BUF_AUTO done = { 0 };
        buf_init(&done, RENDERED_MAX);
        if (!str_fmt(path, sizeof path, "%s/template/%s", dir, tpl->inputs[i].path) ||
            !str_fmt(out, sizeof out, "rendered/%s", tpl->inputs[i].output))
            return err_set(err, ST_INVALID, "a name in the template is too long");
        st = file_read(path, RENDERED_MAX, &text, err);
        if (!st)
            st = render_text(text.p, text.len, jobspec_lookup, (void *)js, &done, err);
        if (!st)
            st = file_put(dir, out, done.p ? done.p : "", done.len, err);
    }
    return st;
}

static enum status template_parse(struct arena *a, const char *dir, const struct template **ret_tpl, struct err *err)
{
    char path[PATH_MAX];
    BUF_AUTO text = { 0 };
    (void)str_fmt(path, sizeof path, "%s/template.json", dir);
    enum status st = file_read(path, TEMPLATE_BYTES_MAX, &text, err);
    return st ? st : template_load(a, text.p, text.len, ret_tpl, err);
}

static enum status version_check(const struct jobspec *js, const struct template *tpl, struct err *err)
{
    if (str_eq(tpl->version, js->template_version))
        return ST_OK;
    (void)err_field(err, ST_INVALID, "template_changed", NULL,
                    "the template %s is now version %s, the run was made for %s", js->template_id, tpl->version,
                    js->template_version);
    return err_hint(err, "Run it again: its parameters are then checked against the new version.");
}

/* A template as it is now, copied to <var>/projects/.frozen/<id>-<when>: runs link to the copies, so a run made later
 * from a changed template gets other files and this one keeps its own. Made beside and renamed, hence whole. */
static enum status frozen_make(struct frozen *f, const char *from, const char *lib, struct err *err)
{
    char rel[160], temp[PATH_MAX + 16], sub[PATH_MAX + 32];
    (void)str_fmt(rel, sizeof rel, "projects/.frozen/%s-%llx", f->id, (unsigned long long)f->newest);
    if (!path_var(f->dir, rel) || !str_fmt(temp, sizeof temp, "%s.new%d", f->dir, (int)getpid()))
        return err_set(err, ST_FATAL, "the path of the frozen templates is too long");
    if (access(f->dir, F_OK) == 0)
        return ST_OK;
    enum status st = tree_copy(from, temp, err);
    (void)str_fmt(sub, sizeof sub, "%s/lib", temp);
    if (!st)
        st = tree_copy(lib, sub, err);
    if (!st && rename(temp, f->dir) && errno != EEXIST && errno != ENOTEMPTY)
        st = err_sys(err, errno, "the frozen template cannot be kept");
    return st;
}

static void frozen_free(struct frozen *f)
{
    if (f)
        arena_free(f->arena);
    free(f);
}

/* The template's present version, looked at again after a while, since an update is a change of its files. */
static enum status kitchen_template(struct kitchen *k, const struct jobspec *js, const struct frozen **ret_f,
                                    struct err *err)
{
    char from[PATH_MAX], lib[PATH_MAX];
    int64_t now = clock_mono_ms();
    struct frozen **at = &k->list;
    while (*at && !str_eq((*at)->id, js->template_id))
        at = &(*at)->next;
    if (*at && now < (*at)->look_ms) {
        *ret_f = *at;
        return ST_OK;
    }
    if (!str_is_slug(js->template_id, 64) || !path_templates(from, js->template_id) || !path_templates(lib, "lib"))
        return err_set(err, ST_INVALID, "the template's id is no plain word");
    if (access(from, R_OK))
        return err_field(err, ST_INVALID, "template_gone", NULL, "the template %s is not installed (any more)",
                         js->template_id);
    int64_t newest = tree_newest(from), newest_lib = tree_newest(lib);
    newest = newest > newest_lib ? newest : newest_lib;
    if (*at && (*at)->newest == newest) {
        (*at)->look_ms = now + LOOK_MS;
        *ret_f = *at;
        return ST_OK;
    }
    struct frozen *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->arena = arena_new(TEMPLATE_BYTES_MAX * 16);
    f->newest = newest;
    f->look_ms = now + LOOK_MS;
    (void)str_fmt(f->id, sizeof f->id, "%s", js->template_id);
    enum status st = frozen_make(f, from, lib, err);
    if (!st)
        st = template_parse(f->arena, f->dir, &f->tpl, err);
    if (!st)
        st = tree_list(f->arena, f->dir, &f->files, err);
    if (st) {
        frozen_free(f);
        return st;
    }
    struct frozen *old = *at;
    f->next = old ? old->next : NULL;
    *at = f;
    frozen_free(old);
    *ret_f = f;
    return ST_OK;
}

struct kitchen *kitchen_new(const char *site)
{
    struct kitchen *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    (void)str_fmt(k->site, sizeof k->site, "%s", site);
    return k;
}

void kitchen_free(struct kitchen *k)
{
    while (k && k->list) {
        struct frozen *f = k->list;
        k->list = f->next;
        frozen_free(f);
    }
    free(k);
}

/* Absolute paths: the job's script runs anywhere. */
static enum status kitchen_open(struct kitchen *k, struct err *err)
{
    char path[PATH_MAX];
    if (k->libexec[0])
        return ST_OK;
    enum status st = path_var(path, "projects") ? dir_make(path, 0750, err)
                                                : err_set(err, ST_FATAL, "the path of the projects is too long");
    if (st)
        return st;
    if (!realpath(path, k->projects))
        return err_sys(err, errno, "the folder of the projects cannot be found");
    bool fits =
        g_conf->libexec_dir[0] ? str_fmt(path, sizeof path, "%s", g_conf->libexec_dir) : path_var(path, "libexec");
    char libexec[PATH_MAX];
    if (!fits || !realpath(path, libexec))
        return err_set(err, ST_FATAL, "the folder of the helper programs cannot be found");
    if (strchr(k->projects, '\'') || strchr(libexec, '\''))
        return err_set(err, ST_FATAL, "the path of the run folders or of the helper programs holds a quote");
    (void)str_fmt(k->libexec, sizeof k->libexec, "%s", libexec);
    return ST_OK;
}

/* The absolute folder, made if need be; script and log of the given attempt. */
static enum status folder_get(struct kitchen *k, const struct run *r, int attempt, struct arena *a, struct prepared *p,
                              struct err *err)
{
    enum status st = kitchen_open(k, err);
    if (st)
        return st;
    p->folder = arena_printf(a, "%s/%s/runs/%s", k->projects, r->project, r->id);
    /* Most often only the last folder is missing. */
    if (mkdir(p->folder, 0750) && errno != EEXIST)
        st = dir_make(p->folder, 0750, err);
    p->script = arena_printf(a, "#!/bin/sh\nexec '%s/athanor-job' '%s' %d\n", k->libexec, p->folder, attempt);
    p->log = arena_printf(a, "%s/attempt/a%02d/job.log", p->folder, attempt);
    return st;
}

/* All that only the first attempt needs. */
static enum status folder_fill(struct kitchen *k, const struct jobspec *js, const char *dir,
                               const struct template **ret_tpl, struct err *err)
{
    static const char *const dirs[] = { "inputs", "rendered", "attempt", "work", "results" };
    char template[PATH_MAX];
    const struct frozen *f = NULL;
    enum status st = ST_OK;
    for (size_t i = 0; !st && i < sizeof dirs / sizeof dirs[0]; i++)
        st = dir_put(dir, dirs[i], err);
    if (!st)
        st = kitchen_template(k, js, &f, err);
    if (!st)
        st = version_check(js, f->tpl, err);
    if (!st && !str_fmt(template, sizeof template, "%s/template", dir))
        st = err_set(err, ST_FATAL, "a path of the run folder is too long");
    if (!st)
        st = tree_link(f->files, template, err);
    if (!st)
        st = structure_put(js, dir, err);
    if (!st)
        st = json_put(dir, "params.json", js->resolved, err);
    if (!st)
        st = inputs_render(js, f->tpl, dir, err);
    if (!st)
        *ret_tpl = f->tpl;
    return st;
}

/* A later attempt goes on with the template its folder holds. */
static enum status folder_go_on(const struct jobspec *js, struct arena *a, const char *dir,
                                const struct template **ret_tpl, struct err *err)
{
    char template[PATH_MAX];
    if (!str_fmt(template, sizeof template, "%s/template", dir))
        return err_set(err, ST_FATAL, "a path of the run folder is too long");
    enum status st = template_parse(a, template, ret_tpl, err);
    return st ? st : version_check(js, *ret_tpl, err);
}

enum status prepare_run(struct kitchen *k, const struct run *r, const char *spec, struct arena *a,
                        struct prepared *ret_p, struct err *err)
{
    const struct template *tpl = NULL;
    char key[SITE_KEY_MAX], attempt_dir[32];
    int attempt = r->fold.attempt + 1;
    enum status st = jobspec_read(a, spec, strlen(spec), &ret_p->spec, err);
    if (!st)
        st = folder_get(k, r, attempt, a, ret_p, err);
    if (!st)
        st = attempt == 1 ? folder_fill(k, &ret_p->spec, ret_p->folder, &tpl, err)
                          : folder_go_on(&ret_p->spec, a, ret_p->folder, &tpl, err);
    if (st)
        return st;
    run_key_make(r, k->site, attempt, key);
    (void)str_fmt(attempt_dir, sizeof attempt_dir, "attempt/a%02d", attempt);
    st = dir_put(ret_p->folder, attempt_dir, err);
    if (!st)
        st = env_put(&ret_p->spec, tpl, ret_p->folder, err);
    return st ? st : runjson_put(r, attempt, key, ret_p->folder, spec, err);
}

enum status prepare_again(struct kitchen *k, const struct run *r, const char *spec, struct arena *a,
                          struct prepared *ret_p, struct err *err)
{
    enum status st = jobspec_read(a, spec, strlen(spec), &ret_p->spec, err);
    return st ? st : folder_get(k, r, r->fold.attempt, a, ret_p, err);
}

enum status prepare_sync(struct err *err)
{
    char path[PATH_MAX];
    (void)path_var(path, "projects");
    FD_AUTO fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || syncfs(fd))
        return err_sys(err, errno, "the run folders cannot be synced");
    return ST_OK;
}
