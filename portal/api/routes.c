/* The one table of routes: who may call what, with which body, and which handler answers.
 *
 * Everything a request is refused for before its handler runs is a column here, so a new endpoint is a row and a
 * function and cannot forget a check. Order does not matter; the router refuses a table with two rows that overlap.
 */
#include "api.h"

#define V1         API_PREFIX
#define TUS_TYPE   "application/offset+octet-stream"
#define UPLOAD_ANY INT64_MAX /* the handler holds the body to Upload-Length */

/* clang-format off: a row reads as a sentence, not as a column */
const struct http_route api_routes[] = {
    /* --- operations ------------------------------------------------------ */
    { .name = "ops.healthz", .method = HM_GET, .pattern = "/healthz", .handler = api_ops_healthz,
      .access = ACC_PUBLIC, .summary = "Is the process alive" },
    { .name = "ops.readyz", .method = HM_GET, .pattern = "/readyz", .handler = api_ops_readyz, .access = ACC_PUBLIC,
      .summary = "Can requests be served: database, schema, worker heartbeat" },
    { .name = "ops.metrics", .method = HM_GET, .pattern = "/metrics", .handler = api_ops_metrics,
      .access = ACC_PUBLIC, .summary = "Counters and gauges in Prometheus text" },
    { .name = "openapi.get", .method = HM_GET, .pattern = V1 "/openapi.json", .handler = api_openapi_get,
      .access = ACC_PUBLIC, .summary = "This interface as OpenAPI 3.1" },

    /* --- dbauth: session, account, tokens, users, audit -------------------- */

    /* --- projects and members ---------------------------------------------- */
    { .name = "projects.list", .method = HM_GET, .pattern = V1 "/projects", .handler = api_projects_list,
      .access = ACC_USER, .scope = "projects:read",
      .summary = "The projects I belong to, with my role and their storage" },
    { .name = "projects.create", .method = HM_POST, .pattern = V1 "/projects", .handler = api_projects_create,
      .access = ACC_USER, .scope = "projects:write", .body = BODY_JSON, .flags = ROUTE_IDEMPOTENT | ROUTE_AUDIT,
      .summary = "Create a project; its creator becomes lead" },
    { .name = "projects.get", .method = HM_GET, .pattern = V1 "/projects/:id", .handler = api_projects_get,
      .access = ACC_USER, .object = OBJ_PROJECT, .need = NEED_VIEWER, .scope = "projects:read",
      .summary = "One project, with my role and its storage" },
    { .name = "projects.update", .method = HM_PATCH, .pattern = V1 "/projects/:id", .handler = api_projects_update,
      .access = ACC_USER, .object = OBJ_PROJECT, .need = NEED_LEAD, .scope = "projects:write", .body = BODY_JSON,
      .flags = ROUTE_AUDIT, .summary = "Rename, describe, archive or reopen a project" },
    { .name = "members.list", .method = HM_GET, .pattern = V1 "/projects/:id/members", .handler = api_members_list,
      .access = ACC_USER, .object = OBJ_PROJECT, .need = NEED_VIEWER, .scope = "projects:read",
      .summary = "Who belongs to a project and as what" },
    { .name = "members.put", .method = HM_PUT, .pattern = V1 "/projects/:id/members/:account",
      .handler = api_members_put, .access = ACC_USER, .object = OBJ_PROJECT, .need = NEED_LEAD,
      .scope = "projects:write", .body = BODY_JSON, .flags = ROUTE_AUDIT,
      .summary = "Add a person (by id or login) or change their role" },
    { .name = "members.delete", .method = HM_DELETE, .pattern = V1 "/projects/:id/members/:account",
      .handler = api_members_delete, .access = ACC_USER, .object = OBJ_PROJECT, .need = NEED_LEAD,
      .scope = "projects:write", .flags = ROUTE_AUDIT, .summary = "Remove a person; the last lead stays" },

    /* --- uploads: tus 1.0 ---------------------------------------------------- */
    { .name = "uploads.options", .method = HM_OPTIONS, .pattern = V1 "/uploads", .handler = api_uploads_options,
      .access = ACC_PUBLIC, .summary = "Which tus version, extensions and sizes are served" },
    { .name = "uploads.options_one", .method = HM_OPTIONS, .pattern = V1 "/uploads/:id",
      .handler = api_uploads_options, .access = ACC_PUBLIC, .summary = "The same, asked of one upload" },
    { .name = "uploads.create", .method = HM_POST, .pattern = V1 "/uploads", .handler = api_uploads_create,
      .access = ACC_USER, .scope = "files:write", .body = BODY_STREAM, .body_max = UPLOAD_ANY,
      .stream = &api_uploads_create_stream,
      .summary = "Start an upload (Upload-Length, Upload-Metadata filename and project), its first bytes may follow" },
    { .name = "uploads.head", .method = HM_HEAD, .pattern = V1 "/uploads/:id", .handler = api_uploads_head,
      .access = ACC_USER, .object = OBJ_UPLOAD, .need = NEED_MEMBER, .scope = "files:write",
      .summary = "How many bytes have arrived" },
    { .name = "uploads.get", .method = HM_GET, .pattern = V1 "/uploads/:id", .handler = api_uploads_get,
      .access = ACC_USER, .object = OBJ_UPLOAD, .need = NEED_MEMBER, .scope = "files:read",
      .summary = "State of an upload; file_id once it is stored" },
    { .name = "uploads.append", .method = HM_PATCH, .pattern = V1 "/uploads/:id", .handler = api_uploads_append,
      .access = ACC_USER, .object = OBJ_UPLOAD, .need = NEED_MEMBER, .scope = "files:write", .body = BODY_STREAM,
      .body_max = UPLOAD_ANY, .content_type = TUS_TYPE, .stream = &api_uploads_append_stream,
      .summary = "Append bytes at Upload-Offset" },
    { .name = "uploads.delete", .method = HM_DELETE, .pattern = V1 "/uploads/:id", .handler = api_uploads_delete,
      .access = ACC_USER, .object = OBJ_UPLOAD, .need = NEED_MEMBER, .scope = "files:write",
      .summary = "Give up an upload and free what it reserved" },

    /* --- files --------------------------------------------------------------- */
    { .name = "files.list", .method = HM_GET, .pattern = V1 "/projects/:id/files", .handler = api_files_list,
      .access = ACC_USER, .object = OBJ_PROJECT, .need = NEED_VIEWER, .scope = "files:read",
      .summary = "Files of a project, newest first; trashed=true lists the trash" },
    { .name = "files.get", .method = HM_GET, .pattern = V1 "/files/:id", .handler = api_files_get,
      .access = ACC_USER, .object = OBJ_FILE, .need = NEED_VIEWER, .scope = "files:read", .summary = "One file" },
    { .name = "files.update", .method = HM_PATCH, .pattern = V1 "/files/:id", .handler = api_files_update,
      .access = ACC_USER, .object = OBJ_FILE, .need = NEED_MEMBER, .scope = "files:write", .body = BODY_JSON,
      .summary = "Rename a file" },
    { .name = "files.delete", .method = HM_DELETE, .pattern = V1 "/files/:id", .handler = api_files_delete,
      .access = ACC_USER, .object = OBJ_FILE, .need = NEED_MEMBER, .scope = "files:write",
      .summary = "Put a file into the trash" },
    { .name = "files.restore", .method = HM_POST, .pattern = V1 "/files/:id/restore", .handler = api_files_restore,
      .access = ACC_USER, .object = OBJ_FILE, .need = NEED_MEMBER, .scope = "files:write",
      .summary = "Take a file out of the trash" },
    { .name = "files.content", .method = HM_GET, .pattern = V1 "/files/:id/content", .handler = api_files_content,
      .access = ACC_USER, .object = OBJ_FILE, .need = NEED_VIEWER, .scope = "files:read",
      .summary = "Download a file; ranges and If-Range are served" },

    /* --- structures ------------------------------------------------------------ */
    { .name = "structures.list", .method = HM_GET, .pattern = V1 "/projects/:id/structures",
      .handler = api_structures_list, .access = ACC_USER, .object = OBJ_PROJECT, .need = NEED_VIEWER,
      .scope = "files:read", .summary = "Structures of a project, newest first" },
    { .name = "structures.create", .method = HM_POST, .pattern = V1 "/projects/:id/structures",
      .handler = api_structures_create, .access = ACC_USER, .object = OBJ_PROJECT, .need = NEED_MEMBER,
      .scope = "files:write", .body = BODY_JSON, .flags = ROUTE_IDEMPOTENT,
      .summary = "Have a stored file inspected as a structure" },
    { .name = "structures.get", .method = HM_GET, .pattern = V1 "/structures/:id", .handler = api_structures_get,
      .access = ACC_USER, .object = OBJ_STRUCTURE, .need = NEED_VIEWER, .scope = "files:read",
      .summary = "One structure: what inspection found, as facts and findings" },
    { .name = "structures.content", .method = HM_GET, .pattern = V1 "/structures/:id/content",
      .handler = api_structures_content, .access = ACC_USER, .object = OBJ_STRUCTURE, .need = NEED_VIEWER,
      .scope = "files:read", .summary = "Download the structure file" },

    /* --- modules and sites ------------------------------------------------------- */
    { .name = "modules.list", .method = HM_GET, .pattern = V1 "/modules", .handler = api_modules_list,
      .access = ACC_USER, .scope = "runs:read", .summary = "Installed programs, by search, category and site" },
    { .name = "modules.get", .method = HM_GET, .pattern = V1 "/modules/:name", .handler = api_modules_get,
      .access = ACC_USER, .scope = "runs:read", .summary = "One program: versions, help, load command" },
    { .name = "sites.list", .method = HM_GET, .pattern = V1 "/sites", .handler = api_sites_list, .access = ACC_USER,
      .scope = "runs:read", .summary = "Places that run jobs, and when each last answered" },

    /* --- api2: templates, runs, results, events ------------------------------------ */

    /* --- the browser's files -------------------------------------------------------- */
    { .name = "static.root", .method = HM_GET, .pattern = "/", .handler = http_static, .access = ACC_PUBLIC,
      .summary = "The start page" },
    { .name = "static.file", .method = HM_GET, .pattern = "/*", .handler = http_static, .access = ACC_PUBLIC,
      .flags = ROUTE_WILDCARD, .summary = "Files of the browser application" },
    { .name = NULL },
};
/* clang-format on */
