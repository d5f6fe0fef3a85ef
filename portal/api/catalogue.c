/* Loading of templates_dir: every folder <id>/ with a template.json whose id is the folder's name.
 *
 * Whether something changed is told by a fingerprint over names, sizes, inodes and times of the template.json files.
 * Snapshots are counted: g.now holds one count, each request another until its arena is freed.
 */
#include "catalogue.h"

#include "run.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/file.h"
#include "../core/log.h"
#include "../core/str.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TEMPLATES_MAX 500
#define LOOK_MS       2000
#define ARENA_MAX     (256u << 20)

struct snapshot {
    struct catalogue c; /* first: requests see this */
    struct arena *arena;
    struct catalogue_entry *v;
    size_t n;
    unsigned refs; /* under g.lock */
    uint64_t print;
};

static struct {
    pthread_mutex_t lock;
    struct snapshot *now;
    int64_t looked_ms;
} g = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct names {
    char (*v)[64];
    size_t n;
    uint64_t print;
};

static void names_free(struct names *n)
{
    free(n->v);
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Folder names that hold a template.json, sorted, and their fingerprint. */
static enum status names_read(int dirfd_templates, struct names *ret_n, struct err *err)
{
    int fd = openat(dirfd_templates, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct names n = { 0 };
    struct dirent *e;

    if (!dir) {
        enum status st = err_sys(err, errno, "The folder of templates cannot be listed");

        if (fd >= 0)
            close(fd);
        return st;
    }
    n.v = calloc(TEMPLATES_MAX, sizeof *n.v);
    while (n.v && n.n < TEMPLATES_MAX && (e = readdir(dir)) != NULL) {
        char rel[128];
        struct stat sb;

        if (!str_is_slug(e->d_name, 63) || !str_fmt(rel, sizeof rel, "%s/template.json", e->d_name) ||
            fstatat(dirfd_templates, rel, &sb, 0) != 0)
            continue;
        (void)str_fmt(n.v[n.n++], sizeof n.v[0], "%s", e->d_name);
        /* Summed, so that the order of readdir does not matter. */
        n.print += run_digest(rel, strlen(rel)) ^ run_digest(&(const int64_t[]){ sb.st_mtim.tv_sec, sb.st_mtim.tv_nsec,
                                                                                 sb.st_size, (int64_t)sb.st_ino },
                                                             4 * sizeof(int64_t));
    }
    closedir(dir);
    if (!n.v)
        return err_set(err, ST_FATAL, "There is not enough memory for the list of templates.");
    qsort(n.v, n.n, sizeof *n.v, name_compare);
    *ret_n = n;
    return ST_OK;
}

static void snapshot_free(struct snapshot *s)
{
    if (!s)
        return;
    arena_free(s->arena); /* frees the JSON documents as well: template_load keeps them there */
    free(s);
}

static enum status entry_load(struct snapshot *s, int dir, const char *name, struct err *err)
{
    struct catalogue_entry e = { 0 };
    char rel[128], *doc;
    BUF_AUTO text = { 0 };
    enum status st;

    buf_init(&text, 0);
    if (!str_fmt(rel, sizeof rel, "%s/template.json", name))
        return err_set(err, ST_INVALID, "The name of the template's folder is too long.");
    st = file_read_at(dir, rel, TEMPLATE_BYTES_MAX, &text, err);
    if (!st)
        st = template_load(s->arena, text.p, text.len, &e.t, err);
    if (st)
        return st;
    if (!str_eq(e.t->id, name))
        return err_field(err, ST_INVALID, "wrong_id", "/id", "The template says its id is \"%s\".", e.t->id);
    doc = json_dumps(e.t->doc, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (!doc)
        return err_set(err, ST_FATAL, "The template cannot be written as JSON.");
    e.doc = arena_strdup(s->arena, doc);
    free(doc);
    s->v[s->n++] = e;
    return ST_OK;
}

static int entry_compare(const void *a, const void *b)
{
    const struct template *x = ((const struct catalogue_entry *)a)->t, *y = ((const struct catalogue_entry *)b)->t;
    int c = strcmp(x->category, y->category);

    return c ? c : strcmp(x->title, y->title);
}

static enum status snapshot_load(int dir, const struct names *names, struct snapshot **ret_s, struct err *err)
{
    struct snapshot *s = calloc(1, sizeof *s);

    if (!s)
        return err_set(err, ST_FATAL, "There is not enough memory for the templates.");
    s->arena = arena_new(ARENA_MAX);
    s->v = arena_alloc(s->arena, (names->n + 1) * sizeof *s->v);
    s->print = names->print;
    for (size_t i = 0; i < names->n; i++) {
        struct err why = { 0 };

        if (entry_load(s, dir, names->v[i], &why) != ST_OK) {
            err_wrap(&why, "template %s", names->v[i]);
            log_err(LOG_WARN, "catalogue.template_broken", &why);
        }
    }
    if (s->n)
        qsort(s->v, s->n, sizeof *s->v, entry_compare);
    s->c = (struct catalogue){ .v = s->v, .n = s->n };
    *ret_s = s;
    return ST_OK;
}

/* Under g.lock. */
static void snapshot_unref(struct snapshot *s)
{
    if (s && --s->refs == 0)
        snapshot_free(s);
}

/* Under g.lock: makes g.now what the folder holds. Loading takes milliseconds and happens when somebody edits. */
static enum status look(struct err *err)
{
    __attribute__((cleanup(names_free))) struct names names = { 0 };
    struct snapshot *fresh = NULL;
    FD_AUTO dir = -1;
    enum status st;

    dir = open(g_conf->templates_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_sys(err, errno, "The folder of templates cannot be opened");
    st = names_read(dir, &names, err);
    if (!st && (!g.now || g.now->print != names.print)) {
        st = snapshot_load(dir, &names, &fresh, err);
        if (!st) {
            fresh->refs = 1;
            snapshot_unref(g.now);
            g.now = fresh;
            log_fmt(LOG_INFO, "catalogue.loaded", "%zu templates", fresh->n);
        }
    }
    g.looked_ms = clock_mono_ms();
    return st;
}

static void request_done(void *p)
{
    pthread_mutex_lock(&g.lock);
    snapshot_unref(p);
    pthread_mutex_unlock(&g.lock);
}

enum status catalogue_get(struct http_req *req, const struct catalogue **ret_c, struct err *err)
{
    struct snapshot *s = NULL;
    enum status st = ST_OK;

    pthread_mutex_lock(&g.lock);
    if (!g.now || clock_mono_ms() - g.looked_ms >= LOOK_MS)
        st = look(err);
    /* A folder that cannot be read for a moment is no reason to lose what was read before. */
    if (g.now) {
        s = g.now;
        s->refs++;
    }
    pthread_mutex_unlock(&g.lock);
    assert(s || st); /* look() leaves a snapshot or fails */
    if (!s)
        return st;
    err_clear(err);
    arena_defer(req->arena, request_done, s);
    *ret_c = &s->c;
    return ST_OK;
}

enum status catalogue_find(struct http_req *req, const char *id, const char *field,
                           const struct catalogue_entry **ret_e, struct err *err)
{
    const struct catalogue *c = NULL;
    enum status st = catalogue_get(req, &c, err);

    if (st)
        return st;
    for (size_t i = 0; i < c->n; i++)
        if (str_eq(c->v[i].t->id, id)) {
            *ret_e = &c->v[i];
            return ST_OK;
        }
    return err_field(err, ST_NOTFOUND, "template_not_found", field, "There is no template called \"%.64s\".", id);
}

enum status catalogue_file(const struct template *t, const char *rel, size_t max, struct buf *ret_b, struct err *err)
{
    FD_AUTO root = -1;
    FD_AUTO dir = -1;
    enum status st;

    buf_init(ret_b, max);
    root = open(g_conf->templates_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return err_sys(err, errno, "The folder of templates cannot be opened");
    st = file_open_below(root, t->id, O_RDONLY | O_DIRECTORY, &dir, err);
    if (!st)
        st = file_read_at(dir, rel, max, ret_b, err);
    return st;
}

enum status catalogue_start(struct err *err)
{
    struct err why = { 0 };
    enum status st;

    pthread_mutex_lock(&g.lock);
    st = look(&why);
    pthread_mutex_unlock(&g.lock);
    if (st == ST_NOTFOUND) {
        /* A portal without templates still serves files and results; the list says it is empty. */
        log_err(LOG_WARN, "catalogue.no_folder", &why);
        return ST_OK;
    }
    if (st && err)
        *err = why;
    return st;
}

void catalogue_stop(void)
{
    pthread_mutex_lock(&g.lock);
    snapshot_unref(g.now);
    g.now = NULL;
    pthread_mutex_unlock(&g.lock);
}
