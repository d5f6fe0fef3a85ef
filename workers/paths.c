/* Places below <var>, in one spot. See docs/contracts.md section 1. */
#include "worker.h"

#include "../portal/core/conf.h"
#include "../portal/core/str.h"

#include <limits.h>
#include <string.h>

bool path_var(char *out, const char *rel)
{
    return str_fmt(out, PATH_MAX, "%s/%s", g_conf->var, rel);
}

bool path_store(char *out, const char *sha256_hex)
{
    return strlen(sha256_hex) == 64 &&
           str_fmt(out, PATH_MAX, "%s/store/%.2s/%.2s/%s", g_conf->var, sha256_hex, sha256_hex + 2, sha256_hex);
}

bool path_run(char *out, const char *project, const char *run, const char *rel)
{
    return str_fmt(out, PATH_MAX, "%s/projects/%s/runs/%s%s%s", g_conf->var, project, run, rel[0] ? "/" : "", rel);
}

bool path_upload(char *out, const char *upload)
{
    return str_fmt(out, PATH_MAX, "%s/uploads/%s", g_conf->var, upload);
}

bool path_templates(char *out, const char *rel)
{
    if (g_conf->templates_dir[0])
        return str_fmt(out, PATH_MAX, "%s/%s", g_conf->templates_dir, rel);
    return str_fmt(out, PATH_MAX, "%s/share/templates/%s", g_conf->var, rel);
}
