/* From a log to a cause. Rules are tried in the template's order, since the
 * author lists the telling message before its consequences; of the rule that
 * matches, the first place in the log is shown, since what follows repeats it.
 */
#include "failure.h"

#include "../core/str.h"

#include <string.h>

enum { BEFORE = 3, TAIL_LINES = 10 };

struct line {
    const char *p;
    size_t n;
};

/* Cleans and keeps a line; false when the arena is full. */
static bool line_keep(struct arena *a, const struct line *l, const char **ret_s)
{
    char *out = arena_alloc(a, FAILURE_LINE_BYTES + 1);

    if (!out)
        return false;
    (void)utf8_sanitize(l->p, l->n, out, FAILURE_LINE_BYTES + 1);
    *ret_s = out;
    return true;
}

static bool line_blank(const struct line *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strchr(" \t\r", l->p[i]))
            return false;
    return true;
}

/* The line that begins at p. */
static struct line line_at(const char *p, const char *end)
{
    const char *nl = memchr(p, '\n', (size_t)(end - p));

    return (struct line){ .p = p, .n = (size_t)((nl ? nl : end) - p) };
}

/* Up to `want` lines before p, back to their beginning. */
static const char *lines_back(const char *log, const char *p, size_t want)
{
    while (p > log && p[-1] != '\n')
        p--;
    for (; want && p > log; want--) {
        p--;
        while (p > log && p[-1] != '\n')
            p--;
    }
    return p;
}

static bool looks_like_error(const struct line *l)
{
    static const char *const words[] = { "error", "fatal", "failed", "cannot", "abort", "killed", "segmentation" };
    char low[200];
    size_t n = l->n < sizeof low - 1 ? l->n : sizeof low - 1;

    for (size_t i = 0; i < n; i++)
        low[i] = (char)(l->p[i] >= 'A' && l->p[i] <= 'Z' ? l->p[i] - 'A' + 'a' : l->p[i] ? l->p[i] : ' ');
    low[n] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(low, words[i]))
            return true;
    return false;
}

struct pick {
    struct arena *a;
    const char **lines;
    size_t n;
};

static void pick_add(struct pick *k, const struct line *l)
{
    if (k->n < FAILURE_LINES_MAX && !line_blank(l) && line_keep(k->a, l, &k->lines[k->n]))
        k->n++;
}

/* Lines from `p` on that are not blank, at most max in all. */
static void pick_from(struct pick *k, const char *p, const char *end, size_t max)
{
    while (p < end && k->n < max) {
        struct line l = line_at(p, end);
        pick_add(k, &l);
        p = l.p + l.n + 1;
    }
}

/* No rule knows it: the last lines that speak of errors, else the end of the log. */
static void pick_tail(struct pick *k, const char *log, const char *end)
{
    struct line errors[TAIL_LINES];
    size_t seen = 0;

    for (const char *p = log; p < end;) {
        struct line l = line_at(p, end);
        if (looks_like_error(&l))
            errors[seen++ % TAIL_LINES] = l;
        p = l.p + l.n + 1;
    }
    if (seen == 0) {
        pick_from(k, lines_back(log, end, TAIL_LINES), end, FAILURE_LINES_MAX);
        return;
    }
    for (size_t i = seen > TAIL_LINES ? seen - TAIL_LINES : 0; i < seen; i++)
        pick_add(k, &errors[i % TAIL_LINES]);
}

bool failure_from_log(struct arena *a, const struct template *t, const char *log_name, const char *log, size_t n,
                      struct failure *ret_f)
{
    const char **lines = arena_alloc(a, FAILURE_LINES_MAX * sizeof *lines);
    struct pick pick = { .a = a, .lines = lines };
    const struct tpl_failure *rule = NULL;
    const char *at = NULL;

    for (size_t i = 0; t && i < t->n_failures && !at; i++) {
        rule = &t->failures[i];
        at = n ? memmem(log, n, rule->match, strlen(rule->match)) : NULL;
    }
    if (lines && at)
        pick_from(&pick, lines_back(log, at, BEFORE), log + n, FAILURE_LINES_MAX);
    else if (lines && n)
        pick_tail(&pick, log, log + n);
    *ret_f = (struct failure){ .cause = at ? rule->code : "",
                               .text = at ? rule->text : "",
                               .hint = at ? rule->hint : "",
                               .log = pick.n ? log_name : "",
                               .lines = lines,
                               .n_lines = pick.n };
    return at != NULL;
}

void failure_write(struct jsonw *w, const struct failure *f)
{
    jsonw_obj(w);
    jsonw_kstr(w, "cause", f->cause);
    jsonw_kstr(w, "text", f->text);
    jsonw_kstr(w, "hint", f->hint);
    jsonw_kstr(w, "log", f->log);
    jsonw_key(w, "lines");
    jsonw_arr(w);
    for (size_t i = 0; i < f->n_lines; i++)
        jsonw_str(w, f->lines[i]);
    jsonw_arr_end(w);
    jsonw_obj_end(w);
}
