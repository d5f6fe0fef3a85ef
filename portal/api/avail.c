/* Templates against installed modules. The module table is refreshed by the worker, so an answer here is as fresh as
 * the last look at the site; a site out of reach keeps its modules, and a run for it simply waits.
 */
#include "avail.h"

#include "../core/str.h"

#include <string.h>

enum { S_ID, S_TITLE, S_FACTS, S_AS_OF, S_UNREACHABLE };
enum { M_SITE, M_NAME, M_VERSION, M_FULL_NAME, M_DEFAULT };

enum status avail_load(struct http_req *req, struct avail *ret_a, struct err *err)
{
    struct db_rows *sites = NULL, *modules = NULL;
    enum status st;

    st = db_run0(api_db(req), SQL_TEMPLATE_SITES, &sites, err);
    if (st)
        return st;
    db_rows_keep(sites, req->arena);
    st = db_run0(api_db(req), SQL_TEMPLATE_MODULES, &modules, err);
    if (st)
        return st;
    db_rows_keep(modules, req->arena);
    *ret_a = (struct avail){ .sites = sites, .modules = modules, .n_sites = db_count(sites) };
    return ST_OK;
}

const char *avail_site_id(const struct avail *a, int site)
{
    return db_text(a->sites, site, S_ID);
}

const char *avail_site_title(const struct avail *a, int site)
{
    return db_text(a->sites, site, S_TITLE);
}

const char *avail_site_facts(const struct avail *a, int site)
{
    return db_text(a->sites, site, S_FACTS);
}

bool avail_site_reachable(const struct avail *a, int site)
{
    return db_text(a->sites, site, S_UNREACHABLE) == NULL && db_text(a->sites, site, S_AS_OF) != NULL;
}

int avail_site_find(const struct avail *a, const char *id)
{
    for (int i = 0; i < a->n_sites; i++)
        if (str_eq(avail_site_id(a, i), id))
            return i;
    return -1;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int version_compare(const char *a, const char *b)
{
    while (*a && *b) {
        size_t na, nb;
        int d;

        if (!is_digit(*a) || !is_digit(*b)) {
            if (*a != *b)
                return (unsigned char)*a - (unsigned char)*b;
            a++;
            b++;
            continue;
        }
        /* Numbers of any length: without leading zeros the longer one is larger. */
        a += strspn(a, "0");
        b += strspn(b, "0");
        na = strspn(a, "0123456789");
        nb = strspn(b, "0123456789");
        if (na != nb)
            return na < nb ? -1 : 1;
        d = strncmp(a, b, na);
        if (d != 0)
            return d;
        a += na;
        b += nb;
    }
    return (*a != '\0') - (*b != '\0');
}

const char *avail_module(const struct avail *a, int site, struct arena *arena, const char *name,
                         const char *min_version, const char **ret_missing)
{
    const char *best = NULL, *best_version = NULL, *newest = NULL;
    bool best_default = false;

    for (int i = 0; i < db_count(a->modules); i++) {
        const char *version = db_text(a->modules, i, M_VERSION);
        bool is_default = db_bool(a->modules, i, M_DEFAULT);

        if (!str_eq(db_text(a->modules, i, M_SITE), avail_site_id(a, site)) ||
            !str_eq(db_text(a->modules, i, M_NAME), name))
            continue;
        if (!newest || version_compare(version, newest) > 0)
            newest = version;
        if (min_version && *min_version && version_compare(version, min_version) < 0)
            continue;
        if (!best || (is_default && !best_default) ||
            (is_default == best_default && version_compare(version, best_version) > 0)) {
            best = db_text(a->modules, i, M_FULL_NAME);
            best_version = version;
            best_default = is_default;
        }
    }
    *ret_missing = NULL;
    if (best)
        return best;
    if (newest)
        *ret_missing =
            arena_printf(arena, "%s %s or newer is needed; the newest installed is %s.", name, min_version, newest);
    else if (min_version && *min_version)
        *ret_missing = arena_printf(arena, "The module %s (%s or newer) is not installed.", name, min_version);
    else
        *ret_missing = arena_printf(arena, "The module %s is not installed.", name);
    return NULL;
}
