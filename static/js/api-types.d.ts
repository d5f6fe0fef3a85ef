// Made from the API's own description by tests/lint/api_types.mjs --write; a lint compares. Do not edit.

export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  field?: string;
  hint?: string;
  request_id?: string;
}

export interface Project {
  id: string;
  name: string;
  description: string;
  role: 'viewer' | 'member' | 'lead' | 'admin';
  created_at: string;
  archived_at: string | null;
  version: number;
  storage: { limit_bytes: number | null; used_bytes: number | null; reserved_bytes: number | null };
  active_runs: number;
  runs: { running: number; waiting: number; failed_week: number; finished_week: number };
}

export interface Member {
  account: string;
  login: string;
  display_name: string;
  role: 'viewer' | 'member' | 'lead';
  added_at?: string;
  disabled?: boolean;
}

export interface Upload {
  id: string;
  project: string;
  account: string;
  name: string;
  folder: string;
  state: 'open' | 'complete' | 'stored' | 'refused' | 'ended' | 'expired';
  bytes: number;
  offset: number;
  file_id: string | null;
  structure_id: string | null;
  reason: string | null;
  created_at: string;
  expires_at: string;
}

export interface File {
  id: string;
  project: string;
  name: string;
  folder: string;
  bytes: number;
  sha256: string | null;
  created_by: string;
  created_by_login: string;
  created_at: string;
  trashed_at: string | null;
  version: number;
  structure_id: string | null;
  structure_state: string | null;
}

export interface Structure {
  id: string;
  project: string;
  file_id: string;
  name: string;
  state: 'inspecting' | 'ready' | 'refused';
  format: string | null;
  bytes: number;
  sha256: string | null;
  facts: Record<string, any>;
  findings: Array<Finding>;
  created_by: string;
  created_by_login: string;
  created_at: string;
  inspected_at: string | null;
  version: number;
}

export interface Finding {
  level: 'info' | 'warning' | 'error';
  code: string;
  text: string;
  why?: string;
  where?: Array<string>;
  count?: number;
}

export interface Module {
  name: string;
  category: string;
  summary: string;
  homepage: string;
  versions: Array<{ version: string; full_name: string; site: string; is_default: boolean; load_command: string }>;
}

export interface ModuleDetail {
  name: string;
  category: string;
  summary: string;
  description: string;
  homepage: string;
  keywords: Array<string>;
  versions: Array<{
    version: string;
    full_name: string;
    site: string;
    is_default: boolean;
    load_command: string;
    help: string;
    seen_at: string;
  }>;
}

export interface Site {
  id: string;
  kind: string;
  title: string;
  enabled: boolean;
  reachable: boolean;
  as_of: string | null;
  unreachable_since: string | null;
  problem: string | null;
  in_words: string | null;
  facts: Record<string, any>;
  modules: number;
  active_runs: number;
}

export interface Account {
  id: string;
  login: string;
  display_name: string;
  email: string | null;
  role: 'admin' | 'user';
  disabled: boolean;
  created_at: string;
  version: number;
  storage: { limit_bytes: number | null; used_bytes: number | null; reserved_bytes: number | null };
  password?: string;
}

export interface Session {
  account: Account;
  kind: 'session' | 'token';
  csrf: string | null;
  scopes: Array<string> | null;
  project: string | null;
}

export interface Token {
  id: string;
  name: string;
  scopes: Array<string>;
  project: string | null;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
  secret?: string;
}

export interface Readiness {
  ready: boolean;
  database: Record<string, any>;
  schema: Record<string, any>;
  worker: { ok: boolean; heartbeat_age_s: number | null };
}

export interface TemplateHead {
  id: string;
  version: string;
  title: string;
  question: string;
  summary: string;
  category: string;
  engines: Array<{ module: string; min_version: string }>;
  structures: { required: boolean; formats: Array<string> };
  sites: Array<{ id: string; title: string; reachable: boolean; modules: Array<string>; missing: Array<string>; available: boolean }>;
  available: boolean;
}

export interface Template {
  id: string;
  version: string;
  title: string;
  question: string;
  summary: string;
  category: string;
  engines: Array<{ module: string; min_version: string }>;
  structures: { required: boolean; formats: Array<string> };
  sites: Array<Record<string, any>>;
  available: boolean;
  template: Record<string, any>;
  readme: string | null;
}

export interface Wanted {
  project?: string | null;
  structure?: string | null;
  preset?: string | null;
  site?: string | null;
  params?: Record<string, any> | null;
}

export interface Trouble {
  field: string;
  code: string;
  text: string;
  hint: string;
}

export interface QuotaChange {
  limit_b: number;
  before_b: number;
  after_b: number;
}

export interface Reason {
  code: string | null;
  text: string;
  hint: string;
}

export interface Ref {
  id: string;
  name: string;
}

export interface RunRow {
  id: string;
  name: string;
  state: RunState;
  attempt: number;
  project: string;
  project_name: string;
  account: string;
  login: string;
  template: string;
  template_title: string | null;
  template_version: string;
  structure: string | null;
  site: string;
  parent: string | null;
  reason: Reason | null;
  start_estimate: string | null;
  progress: Record<string, any> | null;
  failure: string | null;
  cancel_requested: boolean;
  hold_requested: boolean;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  unknown_since: string | null;
  trashed_at: string | null;
}

export type RunState = 'queued' | 'held' | 'submitting' | 'pending' | 'running' | 'collecting' | 'finished' | 'failed' | 'cancelled';

export interface RunEvent {
  id: number;
  seq: number;
  kind: string;
  text: string;
  attempt: number;
  at: string;
  account: string | null;
  login: string | null;
  data: Record<string, any>;
}

export interface Attempt {
  no: number;
  site: string;
  site_job_id: string | null;
  intent_at: string;
  sent_at: string | null;
  submitted_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  outcome: string | null;
  manifest: Record<string, any> | null;
}

export interface Run {
  id: string;
  name: string;
  project: Ref;
  account: { id: string; login: string; display_name: string };
  template: { id: string; version: string; title: string | null };
  structure: Ref | null;
  site: { id: string; title: string; unreachable_since: string | null; as_of: string | null };
  state: RunState;
  status: string;
  attempt: number;
  site_job_id: string | null;
  cancel_requested: boolean;
  hold_requested: boolean;
  actions: { cancel: boolean; hold: boolean; release: boolean; requeue: boolean; delete: boolean; restore: boolean };
  reason: Reason | null;
  queue: { ahead: number; waiting: number } | null;
  start_estimate: string | null;
  unknown_since: string | null;
  as_of: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  trashed_at: string | null;
  elapsed_s: number | null;
  progress: Record<string, any> | null;
  failure: Record<string, any> | null;
  summary: any;
  usage: Record<string, any> | null;
  resources: Record<string, any> | null;
  estimate: Record<string, any> | null;
  timing: { estimated_s: number | null; took_s: number | null; text: string | null };
  spec: Record<string, any>;
  parent: Ref | null;
  parent_diff: Record<string, any> | null;
  has_results: boolean;
  version: number;
  links: Record<string, any>;
  attempts: Array<Attempt>;
  timeline: Array<RunEvent>;
  children: Array<{ id: string; name: string; state: RunState }>;
}

export interface Folder {
  path: string;
  name: string;
  files: number;
  bytes: number;
  total_files: number;
  total_bytes: number;
}

export interface Activity {
  id: number;
  at: string;
  kind: string;
  account: string | null;
  login: string | null;
  display_name: string | null;
  text: string;
  action: string;
  passive: boolean;
  object: { type: 'project' | 'account' | 'file' | 'folder' | 'run'; id: string | null; name: string; gone: boolean } | null;
  detail: string;
  data: Record<string, any>;
}

export type Preference = any;

export interface FolderEntry {
  name: string;
  kind: 'folder' | 'file' | 'link' | 'other';
  bytes: number | null;
  modified_at: string;
  name_changed?: boolean;
}

/** What a route answers with success, by its name in portal/api/routes.c. */
export interface Answers {
  'ops.healthz': { status: string };
  'ops.readyz': Readiness;
  'openapi.get': Record<string, any>;
  'session.create': Session;
  'session.get': Session;
  'sessions.list': {
    items: Array<{ id: string; created_at: string; seen_at: string; address: string; user_agent: string; current: boolean }>;
    next_cursor: string | null;
  };
  'account.update': Account;
  'preferences.list': Record<string, any>;
  'account.password': Session;
  'tokens.list': { items: Array<Token>; next_cursor: string | null };
  'tokens.create': Token;
  'users.list': { items: Array<Account>; next_cursor: string | null };
  'users.create': Account;
  'users.get': Account;
  'users.update': Account;
  'audit.list': {
    items: Array<{
      id: number;
      at: string;
      account: string | null;
      login: string | null;
      route: string;
      object: string | null;
      address: string;
      request_id: string;
      data: Record<string, any>;
    }>;
    next_cursor: string | null;
  };
  'projects.list': { items: Array<Project>; next_cursor: string | null };
  'projects.create': Project;
  'projects.get': Project;
  'projects.update': Project;
  'members.list': { items: Array<Member>; next_cursor: string | null };
  'members.put': Member;
  'activity.list': { items: Array<Activity>; next_cursor: string | null };
  'uploads.get': Upload;
  'files.list': { items: Array<File>; next_cursor: string | null };
  'folders.list': { items: Array<Folder>; next_cursor: string | null };
  'folders.move': { files: number };
  'folders.delete': { files: number; bytes: number; trashed_at: string };
  'folders.restore': { files: number };
  'files.get': File;
  'files.update': File;
  'files.restore': File;
  'trash.empty': { files: number; runs: number; bytes: number };
  'structures.list': { items: Array<Structure>; next_cursor: string | null };
  'structures.create': Structure;
  'structures.get': Structure;
  'modules.list': { items: Array<Module>; next_cursor: string | null };
  'modules.get': ModuleDetail;
  'sites.list': { items: Array<Site>; next_cursor: string | null };
  'templates.list': { items: Array<TemplateHead>; next_cursor: string | null };
  'templates.get': Template;
  'templates.estimate': {
    template: string;
    template_version: string;
    ok: boolean;
    errors: Array<Trouble>;
    warnings: Array<Trouble>;
    resolved: Record<string, any>;
    derived: Record<string, any>;
    resources: Record<string, any>;
    estimate: Record<string, any>;
    summary: string | null;
    site: { id: string; title: string; reachable: boolean; facts: Record<string, any> } | null;
    modules: Array<string>;
    quota: { project: QuotaChange | null; account: QuotaChange | null };
  };
  'templates.render': { files: Array<{ name: string; label: string; text: string }> };
  'runs.list': { items: Array<RunRow>; next_cursor: string | null; total: number | null; total_exact: boolean | null };
  'runs.create': Run;
  'runs.get': Run;
  'runs.update': Run;
  'runs.restore': Run;
  'runs.cancel': Run;
  'runs.hold': Run;
  'runs.release': Run;
  'runs.requeue': Run;
  'runs.rerun': Run;
  'runs.events': { items: Array<RunEvent>; last_id: number; more: boolean };
  'runs.progress': {
    run: string;
    state: RunState;
    attempt: number;
    latest: Record<string, any> | null;
    unknown_since: string | null;
    as_of: string | null;
    stages: Array<string>;
    series: {
      t: Array<number | null>;
      fraction: Array<number | null>;
      step: Array<number | null>;
      ns_per_day: Array<number | null>;
      stage: Array<string | null>;
      values: Record<string, any>;
    };
  };
  'runs.results': { run: string; name: string; state: RunState; sha256: string; collected_at: string; results: Record<string, any> };
  'runs.series': {
    name: string;
    label: string;
    stage: string | null;
    x: { label: string | null; unit: string | null };
    y: { label: string | null; unit: string | null };
    total: number;
    decimated: boolean;
    data: { x: Array<number | null>; y: Array<number | null> };
  };
  'runs.files': { path: string; items: Array<FolderEntry>; next_cursor: string | null; complete: boolean };
  'trajectories.get': {
    name: string;
    label: string;
    natoms: number;
    nframes: number;
    dt_ps: number;
    t0_ps: number;
    unit: string;
    bytes_max: number;
    subsets: Array<{ name: string; label: string; topology: boolean; all_atoms: boolean }>;
    raw: string | null;
    etag: string;
  };
}
