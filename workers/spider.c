/* Lmod's spider as rows. Its texts are what people wrote into modulefiles: every one may be missing, of another type or
 * of any length.
 */
#include "spider.h"

#include "../portal/core/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MODULES_MAX 20000

/* "Keywords: a, b" among the whatis lines; spider gives other fields by name. */
static const char *whatis_find(const json_t *m, const char *label)
{
    size_t i, n = strlen(label);
    json_t *line;
    json_array_foreach(json_object_get(m, "whatis"), i, line)
    {
        const char *s = json_string_value(line);
        if (!s || strncasecmp(s, label, n) != 0 || s[n] != ':')
            continue;
        s += n + 1;
        return s + strspn(s, " ");
    }
    return "";
}

static char *keywords_json(const char *list)
{
    char copy[2048];
    (void)str_fmt(copy, sizeof copy, "%s", list);
    json_t *a = json_array();
    char *save = NULL;
    for (char *p = strtok_r(copy, ",;", &save); p; p = strtok_r(NULL, ",;", &save)) {
        p += strspn(p, " \t");
        size_t n = strlen(p);
        while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
            n--;
        if (n)
            (void)json_array_append_new(a, json_stringn(p, n));
    }
    char *s = json_dumps(a, JSON_COMPACT);
    json_decref(a);
    return s;
}

static const char *str_of(const json_t *m, const char *key)
{
    const char *s = json_string_value(json_object_get(m, key));
    return s ? s : "";
}

/* The version a plain "module load name" takes. */
static bool is_default(const json_t *packages, const char *name, const char *version)
{
    size_t i;
    json_t *p;
    json_array_foreach(packages, i, p)
    {
        if (str_eq(str_of(p, "package"), name))
            return str_eq(str_of(p, "defaultVersionName"), version);
    }
    return false;
}

/* false: the site hides it, or it has no name one could load. */
static bool module_read(const json_t *defaults, const char *name, const json_t *m, struct spider_module *ret_m)
{
    const char *full = str_of(m, "fullName");
    const char *slash = str_starts(full, name) && full[strlen(name)] == '/' ? full + strlen(name) + 1 : "";
    const char *description = str_of(m, "Description");

    *ret_m = (struct spider_module){ .full = full,
                                     .name = name,
                                     .version = slash,
                                     .is_default = is_default(defaults, name, slash),
                                     .category = str_of(m, "Category"),
                                     .description = description,
                                     .help = str_of(m, "help"),
                                     .url = str_of(m, "URL") };
    (void)utf8_sanitize(description, strcspn(description, "\n"), ret_m->summary, sizeof ret_m->summary);
    return full[0] && !json_is_true(json_object_get(m, "hidden")) &&
           str_fmt(ret_m->load, sizeof ret_m->load, "module load %s", full);
}

enum status spider_read(json_t *detail, const json_t *defaults, spider_take *take, void *ctx, struct err *err)
{
    const char *name, *path;
    json_t *files, *m;
    enum status st = ST_OK;
    size_t count = 0;

    json_object_foreach(detail, name, files)
    {
        json_object_foreach(files, path, m)
        {
            struct spider_module row;
            if (st || count++ >= MODULES_MAX || !module_read(defaults, name, m, &row))
                continue;
            char *keywords = keywords_json(whatis_find(m, "Keywords"));
            row.keywords = keywords ? keywords : "[]";
            st = take(ctx, &row, err);
            free(keywords);
        }
    }
    return st;
}
