/* Bodies of requests and answers, in the notation of openapi.h. A row a route; what is not here has no JSON body.
 * tests/api/openapi.test.mjs compares these with what the server really answers.
 */
#include "openapi.h"

#include <stddef.h>

#define PAGE    "limit:int cursor:string"
#define TUS     "Tus-Resumable!:enum(1.0.0)"
#define NO_BODY NULL
#define RUN_FILTER                                                                                                     \
    "project:string state:string template:string account:string structure:string q:string since:string "               \
    "until:string order:enum(newest|oldest) trashed:bool all:bool"

const struct openapi_type openapi_types[] = {
    { .name = "Problem",
      .schema = "{type:string title!:string status!:int detail:string code!:string field:string hint:string "
                "request_id:string}" },
    { .name = "Project",
      .schema = "{id!:string name!:string description!:string role!:enum(viewer|member|lead|admin) created_at!:time "
                "archived_at!:time? version!:int storage!:{limit_bytes!:int? used_bytes!:int? reserved_bytes!:int?} "
                "active_runs!:int runs!:{running!:int waiting!:int failed_week!:int finished_week!:int}}" },
    { .name = "Member",
      .schema = "{account!:string login!:string display_name!:string role!:enum(viewer|member|lead) added_at:time "
                "disabled:bool}" },
    { .name = "Upload",
      .schema = "{id!:string project!:string account!:string name!:string folder!:string "
                "state!:enum(open|complete|stored|refused|ended|expired) bytes!:int offset!:int file_id!:string? "
                "structure_id!:string? reason!:string? created_at!:time expires_at!:time}" },
    { .name = "File",
      .schema = "{id!:string project!:string name!:string folder!:string bytes!:int sha256!:string? created_by!:string "
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
    { .name = "TemplateHead",
      .schema = "{id!:string version!:string title!:string question!:string summary!:string category!:string "
                "engines!:[{module!:string min_version!:string}] structures!:{required!:bool formats!:[string]} "
                "sites!:[{id!:string title!:string reachable!:bool modules!:[string] missing!:[string] "
                "available!:bool}] available!:bool}" },
    { .name = "Template",
      .schema = "{id!:string version!:string title!:string question!:string summary!:string category!:string "
                "engines!:[{module!:string min_version!:string}] structures!:{required!:bool formats!:[string]} "
                "sites!:[object] available!:bool template!:object readme!:string?}",
      .about = "template is the template's own template.json: parameters, presets, rules, stages, citations" },
    { .name = "Wanted",
      .schema = "{project:string? structure:string? preset:string? site:string? params:object?}",
      .about = "What a run would be; names of parameters are those of the template" },
    { .name = "Trouble", .schema = "{field!:string code!:string text!:string hint!:string}" },
    { .name = "QuotaChange", .schema = "{limit_b!:int before_b!:int after_b!:int}" },
    { .name = "Reason",
      .schema = "{code!:string? text!:string hint!:string}",
      .about = "Why a job waits: the scheduler's own word, a sentence, and what one can do" },
    { .name = "Ref", .schema = "{id!:string name!:string}" },
    { .name = "RunRow",
      .schema = "{id!:string name!:string state!:#RunState attempt!:int project!:string project_name!:string "
                "account!:string login!:string template!:string template_title!:string? template_version!:string "
                "structure!:string? site!:string parent!:string? reason!:#Reason? start_estimate!:time? "
                "progress!:object? failure!:string? "
                "cancel_requested!:bool hold_requested!:bool created_at!:time started_at!:time? ended_at!:time? "
                "unknown_since!:time? trashed_at!:time?}" },
    { .name = "RunState",
      .schema = "enum(queued|held|submitting|pending|running|collecting|finished|failed|cancelled)" },
    { .name = "RunEvent",
      .schema = "{id!:int seq!:int kind!:string text!:string attempt!:int at!:time account!:string? login!:string? "
                "data!:object}" },
    { .name = "Attempt",
      .schema = "{no!:int site!:string site_job_id!:string? intent_at!:time sent_at!:time? submitted_at!:time? "
                "started_at!:time? ended_at!:time? outcome!:string? manifest!:object?}" },
    { .name = "Run",
      .schema =
          "{id!:string name!:string project!:#Ref account!:{id!:string login!:string display_name!:string} "
          "template!:{id!:string version!:string title!:string?} structure!:#Ref? site!:{id!:string title!:string "
          "unreachable_since!:time? as_of!:time?} state!:#RunState status!:string attempt!:int "
          "site_job_id!:string? cancel_requested!:bool hold_requested!:bool actions!:{cancel!:bool hold!:bool "
          "release!:bool requeue!:bool delete!:bool restore!:bool} reason!:#Reason? "
          "queue!:{ahead!:int waiting!:int}? start_estimate!:time? unknown_since!:time? "
          "as_of!:time? created_at!:time started_at!:time? ended_at!:time? trashed_at!:time? "
          "elapsed_s!:number? progress!:object? failure!:object? "
          "summary!:any usage!:object? resources!:object? estimate!:object? timing!:{estimated_s!:number? "
          "took_s!:number? text!:string?} "
          "spec!:object parent!:#Ref? parent_diff!:object? has_results!:bool version!:int links!:object "
          "attempts!:[#Attempt] timeline!:[#RunEvent] children!:[{id!:string name!:string "
          "state!:#RunState}]}" },
    { .name = "Folder",
      .schema = "{path!:string name!:string files!:int bytes!:int total_files!:int total_bytes!:int}",
      .about = "files and bytes lie directly in it, the totals include the folders in it" },
    { .name = "Activity",
      .schema = "{id!:int at!:time kind!:string account!:string? login!:string? display_name!:string? text!:string "
                "action!:string passive!:bool object!:{type!:enum(project|account|file|folder|run) id!:string? "
                "name!:string gone!:bool}? detail!:string data!:object}",
      .about = "text is the whole sentence: actor, action, object, detail; when passive, the object comes first" },
    { .name = "Preference", .schema = "any" },
    { .name = "FolderEntry",
      .schema = "{name!:string kind!:enum(folder|file|link|other) bytes!:int? modified_at!:time name_changed:bool}" },
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
    { .route = "sessions.revoke", .code = 204, .response = NO_BODY },
    { .route = "account.update", .request = "{display_name:string email:string}", .response = "#Account" },
    { .route = "preferences.list", .response = "object" },
    { .route = "preferences.put", .code = 204, .request = "#Preference", .response = NO_BODY },
    { .route = "preferences.delete", .code = 204, .response = NO_BODY },
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

    { .route = "activity.list", .query = "{" PAGE " account:string kind:string}", .response = "page(#Activity)" },

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

    { .route = "files.list",
      .query = "{" PAGE " trashed:bool folder:string recursive:bool q:string}",
      .response = "page(#File)" },
    { .route = "files.zip", .query = "{folder:string files:string}", .response = "binary" },
    { .route = "folders.list", .query = "{" PAGE "}", .response = "page(#Folder)" },
    { .route = "folders.move", .request = "{folder!:string to!:string}", .response = "{files!:int}" },
    { .route = "folders.delete", .query = "{folder!:string}", .response = "{files!:int bytes!:int trashed_at!:time}" },
    { .route = "folders.restore", .request = "{folder!:string trashed_at!:time}", .response = "{files!:int}" },
    { .route = "files.get", .response = "#File" },
    { .route = "files.update", .if_match = true, .request = "{name:string folder:string}", .response = "#File" },
    { .route = "files.delete", .if_match = true, .code = 204, .response = NO_BODY },
    { .route = "files.restore", .response = "#File" },
    { .route = "trash.empty", .code = 202, .response = "{files!:int runs!:int bytes!:int}" },
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

    { .route = "templates.list", .response = "page(#TemplateHead)" },
    { .route = "templates.get", .response = "#Template" },
    { .route = "templates.estimate",
      .request = "#Wanted",
      .response = "{template!:string template_version!:string ok!:bool errors!:[#Trouble] warnings!:[#Trouble] "
                  "resolved!:object derived!:object resources!:object estimate!:object summary!:string? "
                  "site!:{id!:string title!:string reachable!:bool facts!:object}? modules!:[string] "
                  "quota!:{project!:#QuotaChange? account!:#QuotaChange?}}" },
    { .route = "templates.render",
      .request = "#Wanted",
      .response = "{files!:[{name!:string label!:string text!:string}]}" },

    { .route = "runs.list",
      .query = "{" RUN_FILTER " count:bool " PAGE "}",
      .response = "{items!:[#RunRow] next_cursor!:string? total!:int? total_exact!:bool?}" },
    { .route = "runs.csv", .query = "{" RUN_FILTER "}", .response = "text" },
    { .route = "runs.create",
      .code = 201,
      .request = "{project!:string template!:string structure:string? preset:string? site:string? name:string? "
                 "parent:string? params:object?}",
      .response = "#Run" },
    { .route = "runs.get", .response = "#Run" },
    { .route = "runs.update", .if_match = true, .request = "{name!:string}", .response = "#Run" },
    { .route = "runs.delete", .code = 204, .response = NO_BODY },
    { .route = "runs.restore", .response = "#Run" },
    { .route = "runs.cancel", .code = 202, .response = "#Run" },
    { .route = "runs.hold", .code = 202, .response = "#Run" },
    { .route = "runs.release", .code = 202, .response = "#Run" },
    { .route = "runs.requeue", .code = 202, .response = "#Run" },
    { .route = "runs.rerun", .code = 201, .request = "{name:string? site:string? params:object?}", .response = "#Run" },
    { .route = "runs.events",
      .query = "{after:int limit:int progress:int}",
      .response = "{items!:[#RunEvent] last_id!:int more!:bool}" },
    { .route = "runs.progress",
      .query = "{points:int}",
      .response = "{run!:string state!:#RunState attempt!:int latest!:object? unknown_since!:time? as_of!:time? "
                  "stages!:[string] series!:{t!:[number?] fraction!:[number?] step!:[number?] "
                  "ns_per_day!:[number?] stage!:[string?] values!:object}}" },
    { .route = "runs.results",
      .response = "{run!:string name!:string state!:#RunState sha256!:string collected_at!:time results!:object}" },
    { .route = "runs.series",
      .query = "{points:int from:number to:number format:enum(json|csv|binary)}",
      .response = "{name!:string label!:string stage!:string? x!:{label!:string? unit!:string?} y!:{label!:string? "
                  "unit!:string?} total!:int decimated!:bool data!:{x!:[number?] y!:[number?]}}" },
    { .route = "runs.logs", .query = "{tail:int attempt:int}", .response = "text" },
    { .route = "runs.files",
      .query = "{path:string " PAGE "}",
      .response = "{path!:string items!:[#FolderEntry] next_cursor!:string? complete!:bool}" },
    { .route = "runs.file", .response = "binary" },
    { .route = "runs.archive", .query = "{format:enum(zip|tar) path:string}", .response = "binary" },
    { .route = "trajectories.get",
      .response = "{name!:string label!:string natoms!:int nframes!:int dt_ps!:number t0_ps!:number unit!:string "
                  "bytes_max!:int subsets!:[{name!:string label!:string topology!:bool all_atoms!:bool}] "
                  "raw!:string? etag!:string}" },
    { .route = "trajectories.topology", .query = "{subset:string}", .response = "text" },
    { .route = "trajectories.frames", .query = "{subset:string start:int count:int stride:int}", .response = "binary" },
    { .route = "events.stream", .query = "{topics!:string last_event_id:int}", .response = "text" },
    { .route = NULL },
};
