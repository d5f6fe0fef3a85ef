// A real portal on a throw-away PostgreSQL, for tests. Node built-ins only (node >= 18).
//
//   const stack = await startStack();        // PostgreSQL, schema, folders, portal on a free port
//   const ann = await stack.person('ann');   // account with a signed-in session
//   await ann.post('/projects', { name: 'P' });
//   await stack.stop();
//
// Programs come from $B (build/ by default).

import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import readline from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const BUILD = path.resolve(ROOT, process.env.B ?? 'build');
export const PREFIX = '/api/v1';
export const PASSWORD = 'correct horse battery';
const START_MS = 20000;

function program(name) {
  const file = path.join(BUILD, name);
  if (!fs.existsSync(file)) throw new Error(`${path.relative(ROOT, file)} is not built (make B=… all)`);
  return file;
}

/** Runs functions of tests/lib/pg.sh against the cluster in `dir`. */
async function pg(dir, script) {
  const text = `set -e; . tests/lib/pg.sh; PG_VAR="$1"; CTL="$2"; ${script}`;
  const { stdout } = await run('bash', ['-c', text, 'pg', dir, program('athanorctl')], { cwd: ROOT });
  return stdout.trim();
}

export const sleep = (ms) => wait(ms);

/** Repeats `probe` until it gives something truthy. */
export async function until(probe, what, ms = 20000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await sleep(50);
  }
}

/** One HTTP request; nothing is thrown for a status. body: string or Buffer; json wins over body. */
export function send(base, method, target, { headers = {}, body, json, onHead } = {}) {
  const url = new URL(base);
  const payload = json === undefined ? body : JSON.stringify(json);
  const all = { ...headers };
  if (json !== undefined && all['Content-Type'] === undefined) all['Content-Type'] = 'application/json';
  if (payload !== undefined && all['Transfer-Encoding'] === undefined) all['Content-Length'] = Buffer.byteLength(payload);
  if (payload === undefined && ['POST', 'PUT', 'PATCH'].includes(method)) all['Content-Length'] = 0;
  for (const name of Object.keys(all)) if (all[name] === null) delete all[name];
  return new Promise((resolve, reject) => {
    const req = http.request({ host: url.hostname, port: url.port, method, path: target, headers: all, agent: false });
    req.on('error', reject);
    req.on('response', (res) => {
      const head = { status: res.statusCode, headers: res.headers };
      if (onHead) {
        resolve(head);
        onHead(res);
        return;
      }
      const chunks = [];
      res.on('data', (c) => chunks.push(c));
      res.on('error', reject);
      res.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        let document;
        try {
          document = JSON.parse(text);
        } catch {
          document = undefined;
        }
        resolve({ ...head, bytes, text, json: document });
      });
    });
    req.end(payload);
  });
}

/** Somebody who calls: a session, a token, or nobody. */
export class Caller {
  constructor(stack, { login, id, cookie, csrf, token } = {}) {
    Object.assign(this, { stack, login, id, cookie, csrf, token });
  }

  credentials(method) {
    if (this.token) return { Authorization: `Bearer ${this.token}` };
    if (!this.cookie) return {};
    return method === 'GET' || method === 'HEAD' ? { Cookie: this.cookie } : { Cookie: this.cookie, 'X-CSRF': this.csrf };
  }

  call(method, target, options = {}) {
    const headers = { ...this.credentials(method), ...options.headers };
    const full = target.startsWith('/api/') || options.raw ? target : PREFIX + target;
    return send(this.stack.url, method, full, { ...options, headers });
  }

  get(target, options) { return this.call('GET', target, options); }
  post(target, json, options = {}) {
    return this.call('POST', target, { json, ...options, headers: { 'Idempotency-Key': randomUUID(), ...options.headers } });
  }
  put(target, json, options) { return this.call('PUT', target, { json, ...options }); }
  patch(target, json, version, options = {}) {
    return this.call('PATCH', target, { json, ...options, headers: { 'If-Match': version, ...options.headers } });
  }
  delete(target, version) {
    return this.call('DELETE', target, version === undefined ? {} : { headers: { 'If-Match': version } });
  }
}

class Stack {
  constructor(dir, settings) {
    this.dir = dir;
    this.settings = settings;
    this.nobody = new Caller(this);
    this.children = {};
  }

  args() {
    const set = {
      var: this.dir, port: this.port ?? 0, static_dir: path.join(ROOT, 'static'),
      templates_dir: path.join(ROOT, 'templates'), migrations_dir: path.join(ROOT, 'migrations'), libexec_dir: BUILD,
      argon2_memory_kib: 8192, argon2_passes: 1, rate_per_minute: 1000000, ...this.settings,
    };
    return Object.entries(set).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  }

  start(name, output) {
    const log = fs.openSync(path.join(this.dir, `${name}.log`), 'a');
    const child = spawn(program(name), this.args(), { stdio: ['ignore', output, log], cwd: this.dir });
    fs.closeSync(log);
    this.children[name] = child;
    child.once('exit', (code, signal) => {
      if (this.children[name] === child) console.error(`${name} died (${signal ?? code}):\n${this.log(name).slice(-4000)}`);
    });
    return child;
  }

  /** Starts the portal; after the first time on the same port, so that clients find it again. */
  async startPortal() {
    const child = this.start('athanor', 'pipe');
    const lines = readline.createInterface({ input: child.stdout });
    const line = await Promise.race([
      once(lines, 'line').then(([first]) => first),
      once(child, 'exit').then(() => null),
      wait(START_MS, null, { ref: false }), // a timer that is not waited for when the tests have ended
    ]);
    if (!line) throw new Error(`the portal did not start:\n${this.log('athanor')}`);
    this.url = line;
    this.port = Number(new URL(line).port);
  }

  startWorker() {
    return this.start('athanor-worker', 'ignore');
  }

  /** Starts a worker that a named point kills, once; waits for its death, and says by which signal it came. */
  async workerDiesAt(point) {
    this.settings.fault_point = point;
    const worker = this.startWorker();
    delete this.children['athanor-worker']; // its death is no surprise
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    return worker.signalCode;
  }

  log(name) { return fs.readFileSync(path.join(this.dir, `${name}.log`), 'utf8'); }

  async kill(name, signal = 'SIGTERM') {
    const child = this.children[name];
    if (!child) return null;
    delete this.children[name];
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return child.exitCode;
  }

  /** SQL as the superuser (or a role): rows of fields. For fixtures and for looking at what is stored. */
  async sql(text, role = 'postgres') {
    const { stdout } = await run('bash', ['-c', '. tests/lib/pg.sh; PG_VAR="$1"; pg_psql "$2" -At -F "\t" -c "$3"', 'sql', this.dir, role, text], { cwd: ROOT });
    return stdout.trim() === '' ? [] : stdout.trimEnd().split('\n').map((line) => line.split('\t'));
  }

  stopDatabase() { return pg(this.dir, 'pg_stop'); }
  startDatabase() { return pg(this.dir, 'pg_again'); }

  /** athanorctl with the password on standard input. */
  async addAccount(login, admin = false) {
    const child = spawn(program('athanorctl'), [...this.args(), 'user', 'add', login, ...(admin ? ['--admin'] : [])], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (c) => { out += c; });
    child.stderr.on('data', (c) => { out += c; });
    child.stdin.end(`${PASSWORD}\n`);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`athanorctl user add ${login}: ${out}`);
    return out.split(' ')[0];
  }

  async signIn(login, password = PASSWORD) {
    const reply = await this.nobody.call('POST', '/session', { json: { login, password } });
    if (reply.status >= 300) throw new Error(`sign in as ${login}: ${reply.status} ${reply.text}`);
    const cookie = reply.headers['set-cookie'][0].split(';')[0];
    return new Caller(this, { login, id: reply.json.account.id, cookie, csrf: reply.json.csrf });
  }

  async person(login, admin = false) {
    await this.addAccount(login, admin);
    return this.signIn(login);
  }

  /** A token of somebody, as a caller. */
  async token(owner, scopes, more = {}) {
    const reply = await owner.post('/tokens', { name: 'test', scopes, ...more });
    if (reply.status !== 201) throw new Error(`token: ${reply.status} ${reply.text}`);
    return Object.assign(new Caller(this, { login: owner.login, id: owner.id, token: reply.json.token ?? reply.json.secret }), { tokenId: reply.json.id });
  }

  async stop() {
    await this.kill('athanor-worker');
    const code = await this.kill('athanor');
    const reports = ['athanor', 'athanor-worker'].filter((name) => fs.existsSync(path.join(this.dir, `${name}.log`)))
      .flatMap((name) => this.log(name).match(/^.*(runtime error|Sanitizer).*$(\n.*){0,30}/gm) ?? []);
    await pg(this.dir, 'pg_remove');
    if (reports.length) throw new Error(`a sanitizer reports:\n${reports.join('\n')}`);
    if (code !== 0 && code !== null) throw new Error(`the portal ended with ${code}`);
  }
}

export const ALL_SCOPES = ['projects:read', 'projects:write', 'files:read', 'files:write', 'runs:read', 'runs:write'];

/** settings: of the portal, beside those tests need. worker: also run athanor-worker. */
export async function startStack({ settings = {}, worker = false } = {}) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ath-'));
  fs.chmodSync(dir, 0o711);
  const stack = new Stack(dir, settings);
  try {
    await pg(dir, 'pg_start "$PG_VAR"; pg_schema "$CTL" migrations');
    for (const folder of ['uploads', 'store', 'projects', 'run', 'log']) fs.mkdirSync(path.join(dir, folder));
    await stack.startPortal();
    if (worker) stack.startWorker();
  } catch (error) {
    await stack.stop().catch(() => {});
    throw error;
  }
  return stack;
}

/** The route table of the program under test. */
export async function routes() {
  const { stdout } = await run(program('athanor'), ['--show-routes'], { maxBuffer: 16 << 20 });
  return JSON.parse(stdout);
}
