/* Structured log. A line is built in one buffer and written by one write(), so
 * lines of threads and processes that share the descriptor do not mix. A pair
 * that would make the line longer than 8 kB is left out and "cut":true tells so.
 */
#include "log.h"

#include "buf.h"
#include "clock.h"
#include "jsonw.h"
#include "str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192, VALUE_MAX = 3000, TAIL_ROOM = 16 };

static char g_prog[32] = "athanor";
static atomic_int g_min = LOG_INFO;
static atomic_int g_fd = STDERR_FILENO;
static atomic_bool g_json = true;
static _Thread_local char g_request[48];

static const char *const g_levels[] = { "debug", "info", "warn", "error" };

void log_init(const char *prog, enum log_level min, int fd, bool json)
{
    (void)snprintf(g_prog, sizeof g_prog, "%s", prog);
    atomic_store(&g_min, (int)min);
    atomic_store(&g_fd, fd);
    atomic_store(&g_json, json);
}

void log_bind(const char *request_id)
{
    (void)snprintf(g_request, sizeof g_request, "%s", request_id ? request_id : "");
}

const char *log_bound(void)
{
    return g_request;
}

bool log_level_parse(const char *s, enum log_level *ret_lv)
{
    for (size_t i = 0; i < sizeof g_levels / sizeof *g_levels; i++) {
        if (str_eq(s, g_levels[i])) {
            *ret_lv = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* One line under way, in either form. */
struct line {
    struct buf b;
    struct jsonw w;
    bool json, cut;
};

static void line_add(struct line *l, const char *key, const char *value)
{
    if (!value || !*value || l->cut)
        return;
    struct jsonw before = l->w;
    size_t len = l->b.len, n = strnlen(value, VALUE_MAX);

    if (l->json) {
        jsonw_key(&l->w, key);
        jsonw_strn(&l->w, value, n);
    } else {
        char text[VALUE_MAX * 3 + 1];
        (void)utf8_sanitize(value, n, text, sizeof text);
        for (char *q = text; (q = strchr(q, '"')) != NULL;)
            *q = '\'';
        bool quote = strpbrk(text, " =") != NULL;
        buf_printf(&l->b, quote ? " %s=\"%s\"" : " %s=%s", key, text);
    }
    if (l->b.len > LINE_MAX_BYTES - TAIL_ROOM) {
        l->b.len = len;
        l->b.p[len] = '\0';
        l->w = before;
        l->cut = true;
    }
}

static void line_begin(struct line *l, enum log_level lv, const char *what, const char *msg)
{
    char now[32];

    *l = (struct line){ .json = atomic_load(&g_json) };
    buf_init(&l->b, LINE_MAX_BYTES * 8);
    jsonw_init(&l->w, &l->b);
    clock_rfc3339(clock_wall_us(), now, sizeof now);
    if (l->json) {
        jsonw_obj(&l->w);
        line_add(l, "t", now);
        line_add(l, "level", g_levels[lv]);
        line_add(l, "prog", g_prog);
        line_add(l, "req", g_request);
        line_add(l, "what", what);
        line_add(l, "msg", msg);
    } else {
        buf_printf(&l->b, "%.12s %-5s %s %s", now + 11, g_levels[lv], g_prog, what);
        line_add(l, "req", g_request);
        line_add(l, "msg", msg);
    }
}

static void line_end(struct line *l)
{
    if (l->json) {
        if (l->cut)
            jsonw_kbool(&l->w, "cut", true);
        jsonw_obj_end(&l->w);
    } else if (l->cut) {
        buf_adds(&l->b, " cut");
    }
    buf_addc(&l->b, '\n');
    /* A log that cannot be written is no reason to stop serving. */
    for (size_t done = 0; done < l->b.len;) {
        ssize_t n = write(atomic_load(&g_fd), l->b.p + done, l->b.len - done);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    buf_free(&l->b);
}

static bool log_wanted(enum log_level lv)
{
    return (int)lv >= atomic_load(&g_min);
}

void log_kv(enum log_level lv, const char *what, const char *msg, ...)
{
    struct line l;
    va_list ap;

    if (!log_wanted(lv))
        return;
    int keep = errno;
    line_begin(&l, lv, what, msg);
    va_start(ap, msg);
    for (const char *key; (key = va_arg(ap, const char *)) != NULL;)
        line_add(&l, key, va_arg(ap, const char *));
    va_end(ap);
    line_end(&l);
    errno = keep;
}

void log_fmt(enum log_level lv, const char *what, const char *fmt, ...)
{
    struct line l;
    char msg[VALUE_MAX];
    va_list ap;

    if (!log_wanted(lv))
        return;
    int keep = errno;
    va_start(ap, fmt);
    (void)vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    line_begin(&l, lv, what, msg);
    line_end(&l);
    errno = keep;
}

void log_err(enum log_level lv, const char *what, const struct err *err)
{
    char sys[16] = "";

    if (!err)
        return;
    if (err->sys)
        (void)snprintf(sys, sizeof sys, "%d", err->sys);
    log_kv(lv, what, err->text, "status", status_name(err->st), "code", err->code, "field", err->field, "detail",
           err->detail, "sqlstate", err->sqlstate, "errno", sys, NULL);
}
