/* Bodies of requests and answers, in the notation of openapi.h. A row a route; what is not here has no JSON body.
 * tests/api/openapi.test.mjs compares these with what the server really answers.
 */
#include "openapi.h"

#include <stddef.h>

#define PAGE    "limit:int cursor:string"
#define TUS     "Tus-Resumable!:enum(1.0.0)"
#define NO_BODY NULL

const struct openapi_type openapi_types[] = {
    { .name = "Problem",
      .schema = "{type:string title!:string status!:int detail:string code!:string field:string hint:string "
                "request_id:string}" },
    { .name = "Project",
      .schema = "{id!:string name!:string description!:string role!:enum(viewer|member|lead|admin) created_at!:time "
                "archived_at!:time? version!:int storage!:{limit_bytes!:int? used_bytes!:int? reserved_bytes!:int?} "
                "active_runs!:int}" },
    { .name = "Member",
      .schema = "{account!:string login!:string display_name!:string role!:enum(viewer|member|lead) added_at:time "
                "disabled:bool}" },
    { .name = "Upload",
      .schema = "{id!:string project!:string account!:string name!:string "
                "state!:enum(open|complete|stored|refused|ended|expired) bytes!:int offset!:int file_id!:string? "
                "structure_id!:string? reason!:string? created_at!:time expires_at!:time}" },
    { .name = "File",
      .schema = "{id!:string project!:string name!:string bytes!:int sha256!:string? created_by!:string "
                "created_by_login!:string created_at!:time trashed_at!:time? version!:int structure_id!:string? "
                "structure_state!:string?}" },
    { .name = "Structure",
      .schema = "{id!:string project!:string file_id!:string name!:string state!:enum(inspecting|ready|refused) "
                "format!:string? bytes!:int sha256!:string? facts!:object findings!:[#Finding] created_by!:string "
                "created_by_login!:string created_at!:time inspected_at!:time? version!:int}" },
    { .name = "Finding",
      .schema = "{level!:enum(info|warning|error) code!:string text!:string why:string where:[string] count:int}" },
    { .name = "Module",
      .schema = "{name!:string category!:string summary!:string homepage!:string versions!:[{version!:string "
                "full_name!:string site!:string is_default!:bool load_command!:string}]}" },
    { .name = "ModuleDetail",
      .schema = "{name!:string category!:string summary!:string description!:string homepage!:string "
                "keywords!:[string] versions!:[{version!:string full_name!:string site!:string is_default!:bool "
                "load_command!:string help!:string seen_at!:time}]}" },
    { .name = "Site",
      .schema = "{id!:string kind!:string title!:string enabled!:bool reachable!:bool as_of!:time? "
                "unreachable_since!:time? problem!:string? in_words!:string? facts!:object modules!:int "
                "active_runs!:int}" },
    { .name = "Account",
      .schema = "{id!:string login!:string display_name!:string email!:string? role!:enum(admin|user) disabled!:bool "
                "created_at!:time version!:int storage!:{limit_bytes!:int? used_bytes!:int? reserved_bytes!:int?} "
                "password:string}" },
    { .name = "Session",
      .schema = "{account!:#Account kind!:enum(session|token) csrf!:string? scopes!:[string]? project!:string?}" },
    { .name = "Token",
      .schema = "{id!:string name!:string scopes!:[string] project!:string? created_at!:time expires_at!:time "
                "revoked_at!:time? last_used_at!:time? secret:string}" },
    { .name = "Readiness",
      .schema = "{ready!:bool database!:object schema!:object worker!:{ok!:bool heartbeat_age_s!:number?}}" },
    { .name = NULL },
};

const struct openapi_op openapi_ops[] = {
    { .route = "ops.healthz", .response = "{status!:string}" },
    { .route = "ops.readyz", .response = "#Readiness" },
    { .route = "ops.metrics", .response = "text" },
    { .route = "openapi.get", .response = "object" },

    { .route = "session.create", .request = "{login!:string password!:string}", .response = "#Session" },
    { .route = "session.get", .response = "#Session" },
    { .route = "session.delete", .code = 204, .response = NO_BODY },
    { .route = "sessions.list",
      .response = "page({id!:string created_at!:time seen_at!:time address!:string user_agent!:string "
                  "current!:bool})" },
    { .route = "sessions.delete", .code = 204, .response = NO_BODY },
    { .route = "account.password", .request = "{current!:string new!:string}", .response = "#Session" },
    { .route = "tokens.list", .query = "{" PAGE "}", .response = "page(#Token)" },
    { .route = "tokens.create",
      .code = 201,
      .request = "{name!:string scopes!:[string] project:string? expires_in_days:int}",
      .response = "#Token" },
    { .route = "tokens.revoke", .code = 204, .response = NO_BODY },
    { .route = "users.list", .query = "{" PAGE "}", .response = "page(#Account)" },
    { .route = "users.create",
      .code = 201,
      .request = "{login!:string display_name:string? email:string? role:enum(admin|user) password:string?}",
      .response = "#Account" },
    { .route = "users.get", .response = "#Account" },
    { .route = "users.update",
      .if_match = true,
      .request = "{display_name:string email:string role:enum(admin|user) disabled:bool password:string "
                 "storage_limit_bytes:int}",
      .response = "#Account" },
    { .route = "audit.list",
      .query = "{" PAGE " account:string object:string}",
      .response = "page({id!:int at!:time account!:string? login!:string? route!:string object!:string? "
                  "address!:string request_id!:string data!:object})" },

    { .route = "projects.list", .query = "{" PAGE " all:bool archived:bool}", .response = "page(#Project)" },
    { .route = "projects.create", .code = 201, .request = "{name!:string description:string}", .response = "#Project" },
    { .route = "projects.get", .response = "#Project" },
    { .route = "projects.update",
      .if_match = true,
      .request = "{name:string description:string archived:bool}",
      .response = "#Project" },
    { .route = "members.list", .query = "{" PAGE "}", .response = "page(#Member)" },
    { .route = "members.put", .request = "{role!:enum(viewer|member|lead)}", .response = "#Member" },
    { .route = "members.delete", .code = 204, .response = NO_BODY },

    { .route = "uploads.options", .code = 204, .response = NO_BODY },
    { .route = "uploads.options_one", .code = 204, .response = NO_BODY },
    { .route = "uploads.create",
      .code = 201,
      .headers = "{" TUS " Upload-Length!:int Upload-Metadata!:string Upload-Checksum:string}",
      .response = NO_BODY },
    { .route = "uploads.head", .headers = "{" TUS "}", .response = NO_BODY },
    { .route = "uploads.get", .response = "#Upload" },
    { .route = "uploads.append",
      .code = 204,
      .headers = "{" TUS " Upload-Offset!:int Upload-Checksum:string}",
      .response = NO_BODY },
    { .route = "uploads.delete", .code = 204, .headers = "{" TUS "}", .response = NO_BODY },

    { .route = "files.list", .query = "{" PAGE " trashed:bool}", .response = "page(#File)" },
    { .route = "files.get", .response = "#File" },
    { .route = "files.update", .if_match = true, .request = "{name!:string}", .response = "#File" },
    { .route = "files.delete", .if_match = true, .code = 204, .response = NO_BODY },
    { .route = "files.restore", .response = "#File" },
    { .route = "files.content", .response = "binary" },

    { .route = "structures.list", .query = "{" PAGE "}", .response = "page(#Structure)" },
    { .route = "structures.create", .code = 201, .request = "{file_id!:string}", .response = "#Structure" },
    { .route = "structures.get", .response = "#Structure" },
    { .route = "structures.content", .response = "binary" },

    { .route = "modules.list",
      .query = "{q:string category:string site:string " PAGE "}",
      .response = "page(#Module)" },
    { .route = "modules.get", .response = "#ModuleDetail" },
    { .route = "sites.list", .response = "page(#Site)" },
    { .route = NULL },
};
