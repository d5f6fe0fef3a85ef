/* Settings. conf.def makes three things here: the values (struct conf), the
 * table of rows with kinds and bounds, and the defaults. All ways in (file,
 * environment, --set) pass through row_set, so one rule holds for all.
 *
 * Unknown names in the file or in --set are errors; unknown ATHANOR_* variables
 * are not, since the Python client and test tools have their own.
 */
#include "conf.h"

#include "buf.h"
#include "file.h"
#include "num.h"
#include "str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { CONF_FILE_MAX = 256 * 1024, VALUE_MAX = 4096 };

enum kind { K_STR, K_INT, K_BYTES, K_MS, K_BOOL };

struct row {
    const char *name;
    enum kind kind;
    size_t offset;
    int64_t min, max;
    const char *help;
};

static const struct row g_rows[] = {
#define CONF_STR(n, def, h)           { #n, K_STR, offsetof(struct conf, n), 0, 0, h },
#define CONF_INT(n, def, lo, hi, h)   { #n, K_INT, offsetof(struct conf, n), lo, hi, h },
#define CONF_BYTES(n, def, lo, hi, h) { #n, K_BYTES, offsetof(struct conf, n), lo, hi, h },
#define CONF_MS(n, def, lo, hi, h)    { #n, K_MS, offsetof(struct conf, n), lo, hi, h },
#define CONF_BOOL(n, def, h)          { #n, K_BOOL, offsetof(struct conf, n), 0, 0, h },
#include "conf.def"
};
enum { ROWS = sizeof g_rows / sizeof *g_rows };

static const struct conf g_default = {
#define CONF_STR(n, def, h)           .n = def,
#define CONF_INT(n, def, lo, hi, h)   .n = def,
#define CONF_BYTES(n, def, lo, hi, h) .n = def,
#define CONF_MS(n, def, lo, hi, h)    .n = def,
#define CONF_BOOL(n, def, h)          .n = def,
#include "conf.def"
};

static struct conf g_live = {
#define CONF_STR(n, def, h)           .n = def,
#define CONF_INT(n, def, lo, hi, h)   .n = def,
#define CONF_BYTES(n, def, lo, hi, h) .n = def,
#define CONF_MS(n, def, lo, hi, h)    .n = def,
#define CONF_BOOL(n, def, h)          .n = def,
#include "conf.def"
};
const struct conf *const g_conf = &g_live;

/* Beside each row: where its value came from, and the text we own. */
static struct {
    char *text;
    char origin[64];
} g_side[ROWS];

static void *row_value(const struct row *r)
{
    return (char *)&g_live + r->offset;
}

static const char *row_str(const struct row *r)
{
    const char *s;

    memcpy(&s, row_value(r), sizeof s);
    return s;
}

static int64_t row_int(const struct row *r)
{
    int64_t v;

    memcpy(&v, row_value(r), sizeof v);
    return v;
}

static const struct row *row_find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (str_eq(g_rows[i].name, name))
            return &g_rows[i];
    return NULL;
}

static void origin_set(const struct row *r, const char *origin)
{
    (void)snprintf(g_side[r - g_rows].origin, sizeof g_side->origin, "%s", origin);
}

/* Keeps a copy of the text as the row's value. */
static void row_keep(const struct row *r, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        abort();
    free(g_side[r - g_rows].text);
    g_side[r - g_rows].text = copy;
    memcpy(row_value(r), &copy, sizeof copy);
}

static bool bool_parse(const char *s, bool *ret_v)
{
    bool yes = str_eq(s, "true") || str_eq(s, "yes") || str_eq(s, "on") || str_eq(s, "1");

    *ret_v = yes;
    return yes || str_eq(s, "false") || str_eq(s, "no") || str_eq(s, "off") || str_eq(s, "0");
}

static const char *kind_words(enum kind k)
{
    switch (k) {
    case K_INT:
        return "a whole number";
    case K_BYTES:
        return "a size (like 64k, 8M, 2G, 1T)";
    case K_MS:
        return "a time in milliseconds";
    case K_BOOL:
        return "true or false";
    case K_STR:
        break;
    }
    return "text without control characters, up to 4096 bytes";
}

static enum status value_bad(const struct row *r, const char *where, const char *text, struct err *err)
{
    char shown[80];

    (void)utf8_sanitize(text, strnlen(text, sizeof shown), shown, sizeof shown);
    if (r->kind == K_STR) /* which may hold a password */
        return err_field(err, ST_INVALID, "setting_value", r->name, "%s: setting %s must be %s", where, r->name,
                         kind_words(r->kind));
    if (r->kind == K_BOOL)
        return err_field(err, ST_INVALID, "setting_value", r->name, "%s: setting %s must be %s, not \"%s\"", where,
                         r->name, kind_words(r->kind), shown);
    return err_field(err, ST_INVALID, "setting_value", r->name,
                     "%s: setting %s must be %s between %lld and %lld, not \"%s\"", where, r->name, kind_words(r->kind),
                     (long long)r->min, (long long)r->max, shown);
}

static bool text_ok(const char *s)
{
    size_t n = strlen(s);

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7F)
            return false;
    return n <= VALUE_MAX && utf8_valid(s, n);
}

static enum status row_set(const struct row *r, const char *text, const char *where, struct err *err)
{
    uint64_t u;
    int64_t v;
    bool b;

    switch (r->kind) {
    case K_STR:
        if (!text_ok(text))
            return value_bad(r, where, text, err);
        row_keep(r, text);
        break;
    case K_BOOL:
        if (!bool_parse(text, &b))
            return value_bad(r, where, text, err);
        memcpy(row_value(r), &b, sizeof b);
        break;
    case K_INT:
    case K_MS:
        if (!num_i64(text, r->min, r->max, &v))
            return value_bad(r, where, text, err);
        memcpy(row_value(r), &v, sizeof v);
        break;
    case K_BYTES:
        if (!num_bytes(text, (uint64_t)r->min, (uint64_t)r->max, &u))
            return value_bad(r, where, text, err);
        v = (int64_t)u;
        memcpy(row_value(r), &v, sizeof v);
        break;
    }
    origin_set(r, where);
    return ST_OK;
}

static enum status name_set(const char *name, const char *value, const char *where, struct err *err)
{
    char shown[64];
    const struct row *r = row_find(name);

    if (r)
        return row_set(r, value, where, err);
    (void)utf8_sanitize(name, strnlen(name, sizeof shown), shown, sizeof shown);
    (void)err_field(err, ST_INVALID, "setting_unknown", shown, "%s: there is no setting named \"%s\"", where, shown);
    if (err)
        (void)err_hint(err, "--show-config lists all settings");
    return ST_INVALID;
}

static char *trim(char *s)
{
    s += strspn(s, " \t\r");
    size_t n = strlen(s);
    while (n && strchr(" \t\r", s[n - 1]))
        s[--n] = '\0';
    return s;
}

enum status conf_read_text(const char *text, size_t n, const char *origin, struct err *err)
{
    char line[VALUE_MAX + 128], where[64];
    unsigned no = 0;

    for (size_t at = 0; at < n;) {
        const char *nl = memchr(text + at, '\n', n - at);
        size_t len = nl ? (size_t)(nl - (text + at)) : n - at;
        const char *from = text + at;
        at += len + (nl ? 1 : 0);
        no++;
        (void)snprintf(where, sizeof where, "%.40s line %u", origin, no);
        if (len >= sizeof line || memchr(from, '\0', len))
            return err_set(err, ST_INVALID, "%s: line is too long or holds a NUL byte", where);
        memcpy(line, from, len);
        line[len] = '\0';
        char *name = trim(line);
        if (!*name || *name == '#')
            continue;
        char *eq = strchr(name, '=');
        if (!eq)
            return err_set(err, ST_INVALID, "%s: expected \"name = value\"", where);
        *eq = '\0';
        char *comment = strstr(eq + 1, " #"); /* what --show-config prints is a valid file */
        if (comment)
            *comment = '\0';
        enum status st = name_set(trim(name), trim(eq + 1), where, err);
        if (st != ST_OK)
            return st;
    }
    return ST_OK;
}

/* An empty path setting becomes var/below. */
static void derive_path(const char *name, const char *below)
{
    const struct row *r = row_find(name);
    char path[PATH_MAX];

    if (*row_str(r) || !str_fmt(path, sizeof path, "%s/%s", g_live.var, below))
        return;
    row_keep(r, path);
    origin_set(r, "from var");
}

static void derive_db(const char *name, const char *user)
{
    const struct row *r = row_find(name);
    BUF_AUTO b = { 0 };

    if (*row_str(r))
        return;
    buf_init(&b, PATH_MAX * 2);
    buf_adds(&b, "host='");
    for (const char *s = g_live.var; *s; s++) { /* libpq quoting: a folder may hold spaces and quotes */
        if (*s == '\'' || *s == '\\')
            buf_addc(&b, '\\');
        buf_addc(&b, *s);
    }
    buf_printf(&b, "/pg/run' dbname=athanor user=%s", user);
    row_keep(r, b.p);
    origin_set(r, "from var");
}

void conf_derive(void)
{
    const struct row *var = row_find("var");
    char path[PATH_MAX], cwd[PATH_MAX];

    /* The real directory: ./var may be a link, and services have another working folder. */
    const char *below = g_live.var + (str_starts(g_live.var, "./") ? 2 : 0);
    bool made = realpath(g_live.var, path) != NULL;
    if (!made && g_live.var[0] != '/' && getcwd(cwd, sizeof cwd))
        made = str_fmt(path, sizeof path, "%s/%s", cwd, below);
    if (made)
        row_keep(var, path);
    derive_path("static_dir", "share/static");
    derive_path("templates_dir", "share/templates");
    derive_path("migrations_dir", "share/migrations");
    derive_path("libexec_dir", "libexec");
    derive_path("modulepath", "lmod/modulefiles");
    derive_path("slurm_conf", "slurm/slurm.conf");
    derive_db("db_web", "athanor_web");
    derive_db("db_worker", "athanor_worker");
    derive_db("db_owner", "athanor_owner");
}

void conf_reset(void)
{
    g_live = g_default;
    for (size_t i = 0; i < ROWS; i++) {
        free(g_side[i].text);
        g_side[i].text = NULL;
        g_side[i].origin[0] = '\0';
    }
}

static enum status file_load(const char *path, bool must_exist, struct err *err)
{
    BUF_AUTO b = { 0 };
    struct err why = { .st = ST_OK };
    enum status st = file_read(path, CONF_FILE_MAX, &b, &why);

    if (st == ST_NOTFOUND && !must_exist)
        return ST_OK;
    if (st == ST_OK)
        return conf_read_text(b.p, b.len, path, err);
    if (err)
        *err = why;
    return err_wrap(err, "settings file %s", path);
}

static enum status env_load(struct err *err)
{
    for (size_t i = 0; i < ROWS; i++) {
        char name[80] = "ATHANOR_";
        size_t n = strlen(name);
        for (const char *s = g_rows[i].name; *s && n < sizeof name - 1; s++)
            name[n++] = (char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
        name[n] = '\0';
        const char *value = getenv(name);
        enum status st = value ? row_set(&g_rows[i], value, name, err) : ST_OK;
        if (st != ST_OK)
            return st;
    }
    return ST_OK;
}

/* "name=value" of --set. */
static enum status set_apply(const char *arg, struct err *err)
{
    char copy[VALUE_MAX + 128];

    if (!str_fmt(copy, sizeof copy, "%s", arg))
        return err_set(err, ST_INVALID, "--set: value is too long");
    char *eq = strchr(copy, '=');
    if (!eq)
        return err_set(err, ST_INVALID, "--set: expected name=value, not \"%.60s\"", arg);
    *eq = '\0';
    return name_set(trim(copy), trim(eq + 1), "--set", err);
}

/* What conf_load found on the command line; the arguments are moved out of argv. */
struct args {
    const char *file;
    char **sets; /* "name=value" in their order; freed by conf_load */
    int n_sets;
    bool show;
};

static enum status args_take(int *argc, char **argv, struct args *ret_a, struct err *err)
{
    struct args a = { .file = NULL };
    int kept = 0, n = *argc;
    char **sets = calloc((size_t)n + 1, sizeof *sets);
    bool options = true;

    if (!sets)
        abort();
    for (int i = 0; i < n; i++) {
        bool conf = options && i > 0 && str_eq(argv[i], "--conf"), set = options && i > 0 && str_eq(argv[i], "--set");
        if ((conf || set) && i + 1 >= n) {
            free(sets);
            return err_set(err, ST_INVALID, "%s needs a value", argv[i]);
        }
        if (conf)
            a.file = argv[++i];
        else if (set)
            sets[a.n_sets++] = argv[++i];
        else if (options && i > 0 && str_eq(argv[i], "--show-config"))
            a.show = true;
        else
            argv[kept++] = argv[i];
        options = options && !str_eq(argv[i], "--");
    }
    argv[kept] = NULL;
    *argc = kept;
    a.sets = sets;
    *ret_a = a;
    return ST_OK;
}

static enum status sets_apply(const struct args *a, struct err *err)
{
    enum status st = ST_OK;

    for (int i = 0; i < a->n_sets && st == ST_OK; i++)
        st = set_apply(a->sets[i], err);
    return st;
}

/* The file lies below var, which the environment or --set may move: these are read first to find it, and again
 * after the file, since they are stronger than it. */
static enum status sources_load(const struct args *a, struct err *err)
{
    const char *named = a->file ? a->file : getenv("ATHANOR_CONF");
    char path[PATH_MAX];
    enum status st = env_load(err);

    if (st == ST_OK)
        st = sets_apply(a, err);
    if (st == ST_OK && !named && !str_fmt(path, sizeof path, "%s/athanor.conf", g_live.var))
        st = err_set(err, ST_INVALID, "the path of var is too long");
    if (st == ST_OK)
        st = file_load(named ? named : path, named != NULL, err);
    if (st == ST_OK)
        st = env_load(err);
    if (st == ST_OK)
        st = sets_apply(a, err);
    return st;
}

enum status conf_load(int *argc, char **argv, struct err *err)
{
    struct args a = { .file = NULL };
    enum status st = args_take(argc, argv, &a, err);

    if (st != ST_OK)
        return st;
    conf_reset();
    st = sources_load(&a, err);
    free(a.sets);
    if (st != ST_OK)
        return st;
    conf_derive();
    if (a.show) {
        conf_show(stdout);
        exit(0);
    }
    return ST_OK;
}

/* Where the value of a password=… of a connection string ends: a quoted one at its quote, others at a space, in URIs
 * at '&'. */
static const char *password_end(const char *s)
{
    bool quoted = *s == '\'';

    for (s += quoted; *s; s++) {
        if (*s == '\\' && s[1])
            s++;
        else if (quoted ? *s == '\'' : *s == ' ' || *s == '&')
            return s + quoted;
    }
    return s;
}

/* A connection string without its passwords: those of "password=…" and "sslpassword=…", and of "//user:…@host". */
static void connection_show(FILE *out, const char *s)
{
    static const char key[] = "password";
    const char *user = strstr(s, "://"), *at = user ? strrchr(user, '@') : NULL;
    const char *colon = user ? strchr(user + 3, ':') : NULL;

    if (colon && at && colon < at) {
        fprintf(out, "%.*s***", (int)(colon + 1 - s), s);
        s = at;
    }
    for (const char *found; (found = strstr(s, key));) {
        const char *value = found + sizeof key - 1;

        value += strspn(value, " ");
        if (*value != '=') {
            fprintf(out, "%.*s", (int)(value - s), s);
            s = value;
            continue;
        }
        value += 1 + strspn(value + 1, " ");
        fprintf(out, "%.*s***", (int)(value - s), s);
        s = password_end(value);
    }
    fputs(s, out);
}

void conf_show(FILE *out)
{
    static const char *const kinds[] = { "text", "integer", "bytes", "milliseconds", "boolean" };

    for (size_t i = 0; i < ROWS; i++) {
        const struct row *r = &g_rows[i];
        const char *origin = *g_side[i].origin ? g_side[i].origin : "default";
        if (r->kind == K_STR) {
            fprintf(out, "%s = ", r->name);
            if (str_starts(r->name, "db_"))
                connection_show(out, row_str(r));
            else
                fputs(row_str(r), out);
        } else if (r->kind == K_BOOL) {
            bool b;
            memcpy(&b, row_value(r), sizeof b);
            fprintf(out, "%s = %s", r->name, b ? "true" : "false");
        } else {
            fprintf(out, "%s = %lld", r->name, (long long)row_int(r));
        }
        fprintf(out, "  # %s", kinds[r->kind]);
        if (r->kind != K_STR && r->kind != K_BOOL)
            fprintf(out, " %lld..%lld", (long long)r->min, (long long)r->max);
        fprintf(out, ", %s; %s\n", origin, r->help);
    }
}
