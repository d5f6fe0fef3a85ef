/* What the route table cannot say about requests and answers, in a small notation that api_openapi.c turns into JSON
 * Schema:
 *
 *   string int number bool time object any binary text      a type ("time": RFC 3339)
 *   #Name                                                  a schema of openapi_types
 *   [type]  page(type)                                     an array; {"items":[type],"next_cursor":string|null}
 *   enum(a|b)                                              one of these words
 *   {name!:type other:type}                                an object; "!" marks what must be there
 *   type?                                                  or null
 */
#ifndef ATH_API_OPENAPI_H
#define ATH_API_OPENAPI_H

#include <stdbool.h>
#include <stdio.h>

struct openapi_type {
    const char *name;
    const char *schema;
    const char *about;
};

struct openapi_op {
    const char *route;    /* name in routes.c */
    int code;             /* of success; 0 is 200 */
    const char *query;    /* "{…}" of query parameters, NULL none */
    const char *request;  /* JSON body, NULL none */
    const char *response; /* NULL: no body */
    const char *headers;  /* "{…}" of further request headers, NULL none */
    bool if_match;
};

extern const struct openapi_type openapi_types[]; /* ended by name == NULL */
extern const struct openapi_op openapi_ops[];     /* ended by route == NULL */

/* --show-openapi: the document, for who makes something of it without a server (tests/lint/api_types.mjs). */
void api_openapi_show(FILE *out);

#endif
