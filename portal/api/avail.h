/* Where a template can run: which enabled site has every module it needs, and what is missing elsewhere, in words. */
#ifndef ATH_API_AVAIL_H
#define ATH_API_AVAIL_H

#include "api.h"

/* Sites and their modules as the database knows them now; arena memory. */
struct avail {
    const struct db_rows *sites, *modules;
    int n_sites;
};
enum status avail_load(struct http_req *req, struct avail *ret_a, struct err *err);

/* The newest or default version of a module at a site that is at least min_version ("" or NULL: any). NULL when there
 * is none; *ret_missing then says so, in arena memory. */
const char *avail_module(const struct avail *a, int site, struct arena *arena, const char *name,
                         const char *min_version, const char **ret_missing);

const char *avail_site_id(const struct avail *a, int site);
const char *avail_site_title(const struct avail *a, int site);
const char *avail_site_facts(const struct avail *a, int site); /* JSON */
bool avail_site_reachable(const struct avail *a, int site);
/* -1: no such site, or it is switched off. */
int avail_site_find(const struct avail *a, const char *id);

/* Versions as people number them: runs of digits by value, the rest as text; "2022.5" < "2022.10". <0, 0, >0. */
int version_compare(const char *a, const char *b);

#endif
