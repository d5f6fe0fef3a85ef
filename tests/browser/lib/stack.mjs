// The real stack browser tests work against: PostgreSQL, Slurm, portal and worker, with a finished sample run in it.
// tests/browser/run.sh starts one for all files and says where it is (ATH_URL, ATH_VAR); any other stack of `make up`
// will do too:  ATH_URL=http://127.0.0.1:8080 ATH_VAR=$PWD/var B=build node --test tests/browser/signin.test.mjs

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Caller, PASSWORD, PREFIX, send, until } from '../../api/lib/stack.mjs';

export { PASSWORD, until };
const run = promisify(execFile);
export const URL_ = process.env.ATH_URL?.replace(/\/$/, '');
export const VAR = process.env.ATH_VAR && fs.realpathSync(process.env.ATH_VAR);
if (!URL_ || !VAR) throw new Error('no stack to test against: bash tests/browser/run.sh [files…] starts one');

/** A caller of the REST API for the stack in ATH_URL. */
const base = { url: URL_ };
export const nobody = new Caller(base);

const ctlArgs = () => ['--conf', path.join(VAR, 'athanor.conf')];

/** A fresh name, so that tests of one stack do not meet. @param {string} stem */
export const unique = (stem) => `${stem}-${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;

/** Signs in over the API: a Caller with cookie, csrf, id and login. */
export async function apiSignIn(login, password = PASSWORD) {
  const reply = await send(URL_, 'POST', `${PREFIX}/session`, { json: { login, password } });
  if (reply.status >= 300) throw new Error(`sign in as ${login}: ${reply.status} ${reply.text}`);
  const cookie = reply.headers['set-cookie'][0].split(';')[0];
  return new Caller(base, { login, id: reply.json.account.id, cookie, csrf: reply.json.csrf });
}

/** Makes an account and signs it in over the API. @param {string} stem of its login */
export async function person(stem, { admin = false } = {}) {
  const login = unique(stem);
  const args = [...ctlArgs(), 'user', 'add', login, ...(admin ? ['--admin'] : [])];
  const child = spawn(path.join(VAR, 'bin/athanorctl'), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { out += chunk; });
  child.stdin.end(`${PASSWORD}\n`);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`athanorctl user add ${login}: ${out}`);
  return apiSignIn(login);
}

/** The administrator make up made. */
export const admin = () => apiSignIn('admin', fs.readFileSync(path.join(VAR, 'admin-password'), 'utf8').trim());

/** A project of somebody. @param {Caller} who */
export async function project(who, name = unique('Project')) {
  const reply = await who.post('/projects', { name, description: 'Made by a test.' });
  if (reply.status !== 201) throw new Error(`project: ${reply.status} ${reply.text}`);
  return reply.json;
}

/** Uploads bytes in one request; resolves with the upload when the worker has stored it. @param {Caller} who */
export async function upload(who, projectId, name, bytes) {
  const pair = (key, value) => `${key} ${Buffer.from(value).toString('base64')}`;
  const made = await who.call('POST', '/uploads', {
    body: bytes,
    headers: {
      'Tus-Resumable': '1.0.0', 'Upload-Length': Buffer.byteLength(bytes), 'Content-Type': 'application/offset+octet-stream',
      'Upload-Metadata': `${pair('filename', name)},${pair('project', projectId)}`,
    },
  });
  if (made.status !== 201) throw new Error(`upload: ${made.status} ${made.text}`);
  const at = made.headers.location;
  return until(async () => {
    const { json } = await who.get(at);
    if (json.state === 'refused') throw new Error(`${name} was refused: ${json.reason}`);
    return json.state === 'stored' && json;
  }, `${name} to be stored`);
}

/** The finished sample run of make up, as the administrator sees it. @param {Caller} who */
export async function sampleRun(who) {
  const { json } = await who.get('/runs?state=finished&template=protein-md&limit=100');
  const found = json.items.find((one) => one.name.startsWith('Sample'));
  if (!found) throw new Error('the stack has no finished sample run (make up makes one)');
  return found;
}

/** Runs SQL as the owner of the schema; the rows as lists of texts. @param {string} text */
export async function sql(text) {
  const args = ['-X', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-h', path.join(VAR, 'pg/run'), '-U', 'athanor_owner', '-d', 'athanor', '-c', text];
  const asOwner = process.getuid?.() === 0 ? ['setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', 'psql', ...args]] : ['psql', args];
  const { stdout } = await run(asOwner[0], asOwner[1], { cwd: '/', maxBuffer: 64 << 20 });
  return stdout.trim().split('\n').filter(Boolean).map((line) => line.split('\t'));
}
