// Files and structures with the real worker: an upload becomes a stored file, its structure is inspected, downloads give
// exactly the bytes, by ranges too, under names that cannot do harm.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { startStack, until } from './lib/stack.mjs';
import * as tus from './lib/tus.mjs';

// Water, made here: three atoms with the columns a PDB file needs.
const WATER = `HEADER    WATER
HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00  0.00           O
HETATM    2  H1  HOH A   1       0.957   0.000   0.000  1.00  0.00           H
HETATM    3  H2  HOH A   1      -0.240   0.927   0.000  1.00  0.00           H
END
`;

let stack; let ann; let ben; let project;

before(async () => {
  stack = await startStack({ worker: true, settings: { worker_poll: 200 } });
  ann = await stack.person('ann');
  ben = await stack.person('ben');
  project = (await ann.post('/projects', { name: 'Files' })).json.id;
  await ann.put(`/projects/${project}/members/ben`, { role: 'viewer' });
});
after(() => stack?.stop());

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Uploads and waits until the worker has judged it. */
async function upload(name, bytes, meta) {
  const reply = await tus.create(ann, project, name, bytes.length, { body: bytes, meta });
  assert.equal(reply.status, 201, reply.text);
  return until(async () => {
    const { json } = await ann.get(reply.headers.location);
    return ['stored', 'refused'].includes(json.state) && json;
  }, `${name} to be stored`);
}

async function stored(name, bytes) {
  const done = await upload(name, Buffer.from(bytes));
  assert.equal(done.state, 'stored', done.reason);
  return (await ann.get(`/files/${done.file_id}`)).json;
}

test('an upload becomes a file with its hash, once in the store', async () => {
  const bytes = randomBytes(70000);
  const file = await stored('notes.bin', bytes);
  assert.equal(file.sha256, sha256(bytes));
  assert.equal(file.bytes, bytes.length);
  assert.equal(file.structure_id, null);
  const kept = path.join(stack.dir, 'store', file.sha256.slice(0, 2), file.sha256.slice(2, 4), file.sha256);
  assert.equal(sha256(fs.readFileSync(kept)), file.sha256);
  const twin = await stored('twin.bin', bytes);
  assert.notEqual(twin.id, file.id);
  assert.equal(twin.sha256, file.sha256);
  const { storage } = (await ann.get(`/projects/${project}`)).json;
  assert.equal(storage.reserved_bytes, 0);
  assert.ok(storage.used_bytes >= bytes.length);
});

test('a promised hash is compared', async () => {
  const bytes = Buffer.from('abc');
  assert.equal((await upload('good.bin', bytes, { sha256: sha256(bytes) })).state, 'stored');
  const bad = await upload('bad.bin', bytes, { sha256: sha256('abd') });
  assert.equal(bad.state, 'refused');
  assert.ok(bad.reason.length > 10, bad.reason);
});

test('what a power cut takes from an unfinished upload is sent again, and zeros it leaves are found', async () => {
  const bytes = randomBytes(300000);
  const [half, meta] = [bytes.subarray(0, 150000), { sha256: sha256(bytes) }];
  const begin = async (name) => {
    const { headers: { location } } = await tus.create(ann, project, name, bytes.length, { meta });
    assert.equal((await tus.append(ann, location, 0, half)).status, 204);
    return { location, disk: path.join(stack.dir, 'uploads', location.split('/').at(-1)) };
  };
  const end = (location) => until(async () => {
    const { json } = await ann.get(location);
    return ['stored', 'refused'].includes(json.state) && json;
  }, 'the end of the upload');

  const shorter = await begin('shorter.bin');
  fs.truncateSync(shorter.disk, 100000);
  assert.equal((await tus.append(ann, shorter.location, 150000, bytes.subarray(150000))).status, 409, 'the file tells how far it is');
  assert.equal((await tus.offset(ann, shorter.location)).offset, 100000);
  assert.equal((await tus.append(ann, shorter.location, 100000, bytes.subarray(100000))).status, 204);
  const stored = await end(shorter.location);
  assert.equal(stored.state, 'stored', stored.reason);
  assert.equal((await ann.get(`/files/${stored.file_id}`)).json.sha256, meta.sha256);

  const zeros = await begin('zeros.bin');
  fs.truncateSync(zeros.disk, 146000);
  fs.truncateSync(zeros.disk, 150000);
  assert.equal((await tus.append(ann, zeros.location, 150000, bytes.subarray(150000))).status, 204);
  const refused = await end(zeros.location);
  assert.equal(refused.state, 'refused');
  assert.match(refused.reason, /SHA-256/);
});

test('downloads: whole, ranges, conditions, head', async () => {
  const bytes = randomBytes(100000);
  const file = await stored('range.bin', bytes);
  const target = `/files/${file.id}/content`;
  const whole = await ann.get(target);
  assert.equal(whole.status, 200);
  assert.ok(whole.bytes.equals(bytes));
  assert.equal(whole.headers.etag, `"${file.sha256}"`);
  assert.equal(whole.headers['accept-ranges'], 'bytes');
  assert.equal(whole.headers['content-type'], 'application/octet-stream');
  assert.match(whole.headers['content-disposition'], /^attachment/);
  const range = async (value, more = {}) => ann.get(target, { headers: { Range: value, ...more } });
  for (const [value, from, to] of [['bytes=0-0', 0, 1], ['bytes=500-999', 500, 1000], ['bytes=99990-', 99990, 100000], ['bytes=-10', 99990, 100000], ['bytes=99999-200000', 99999, 100000]]) {
    const part = await range(value);
    assert.equal(part.status, 206, value);
    assert.ok(part.bytes.equals(bytes.subarray(from, to)), value);
    assert.equal(part.headers['content-range'], `bytes ${from}-${to - 1}/100000`);
  }
  const beyond = await range('bytes=100000-');
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers['content-range'], 'bytes */100000');
  assert.equal((await range('bytes=0-9', { 'If-Range': '"other"' })).status, 200);
  assert.equal((await range('bytes=0-9', { 'If-Range': whole.headers.etag })).status, 206);
  assert.equal((await ann.get(target, { headers: { 'If-None-Match': whole.headers.etag } })).status, 304);
  const head = await ann.call('HEAD', target);
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-length'], '100000');
  assert.equal(head.bytes.length, 0);
  assert.equal((await ben.get(target)).status, 200);
});

test('hostile names leave as data', async () => {
  const name = 'a"; filename="evil.html\r\n<b>水.pdb';
  const file = await stored(name, 'x');
  const reply = await ann.get(`/files/${file.id}/content`);
  const header = reply.headers['content-disposition'];
  assert.match(header, /^attachment; /);
  assert.doesNotMatch(header, /[\r\n]/);
  assert.match(header, /filename\*=UTF-8''[A-Za-z0-9%._~!#$&+^`|-]+$/);
  assert.equal(decodeURIComponent(header.split("filename*=UTF-8''")[1]), file.name);
});

test('rename, trash, restore, with versions', async () => {
  const file = await stored('first.dat', 'one');
  const target = `/files/${file.id}`;
  assert.equal((await ann.get(target)).headers.etag, '"v1"');
  assert.equal((await ann.call('PATCH', target, { json: { name: 'x' } })).status, 428);
  assert.equal((await ann.patch(target, { name: 'x' }, '"v7"')).status, 412);
  assert.equal((await ben.patch(target, { name: 'x' }, '"v1"')).status, 403);
  const renamed = await ann.patch(target, { name: 'new\u202E\nname' }, '"v1"');
  assert.equal(renamed.status, 200, renamed.text);
  assert.equal(renamed.json.name, 'new%E2%80%AE%0Aname');
  assert.equal((await ann.patch(target, { name: '' }, '*')).json.field, '/name');

  assert.equal((await ann.call('DELETE', target)).status, 428);
  assert.equal((await ann.delete(target, '"v2"')).status, 204);
  const listed = async (query) => (await ann.get(`/projects/${project}/files${query}`)).json.items.map((f) => f.id);
  assert.ok(!(await listed('')).includes(file.id));
  assert.ok((await listed('?trashed=true')).includes(file.id));
  const restored = await ann.call('POST', `${target}/restore`);
  assert.equal(restored.status, 200, restored.text);
  assert.equal(restored.json.trashed_at, null);
  assert.ok((await listed('')).includes(file.id));
  assert.equal((await ann.call('POST', `${target}/restore`)).json.code, 'not_trashed');
});

test('lists are pages, newest first', async () => {
  const all = [];
  let cursor = '';
  do {
    const page = (await ann.get(`/projects/${project}/files?limit=2${cursor && `&cursor=${cursor}`}`)).json;
    assert.ok(page.items.length <= 2);
    all.push(...page.items.map((f) => f.id));
    cursor = page.next_cursor;
  } while (cursor);
  assert.deepEqual(all, [...new Set(all)].sort().reverse());
  const rows = await stack.sql(`SELECT count(*) FROM file WHERE project_id = '${project}' AND trashed_at IS NULL`);
  assert.equal(all.length, Number(rows[0][0]));
});

test('a structure file is inspected by itself', async () => {
  const done = await upload('water.pdb', Buffer.from(WATER));
  assert.equal(done.state, 'stored', done.reason);
  assert.ok(done.structure_id);
  const structure = await until(async () => {
    const { json } = await ann.get(`/structures/${done.structure_id}`);
    return json.state !== 'inspecting' && json;
  }, 'the inspection');
  assert.equal(structure.state, 'ready', JSON.stringify(structure.findings));
  assert.equal(structure.format, 'pdb');
  assert.equal(structure.facts.atoms, 3);
  assert.equal(structure.sha256, sha256(WATER));
  assert.ok((await ann.get(`/structures/${done.structure_id}/content`)).text === WATER);
  assert.ok((await ben.get(`/projects/${project}/structures`)).json.items.some((s) => s.id === done.structure_id));
});

test('any stored file can be asked to be a structure, once', async () => {
  const file = await stored('water.txt', WATER);
  assert.equal(file.structure_id, null);
  const make = () => ann.post(`/projects/${project}/structures`, { file_id: file.id });
  const first = await make();
  assert.equal(first.status, 201, first.text);
  assert.equal(first.headers.location, `/api/v1/structures/${first.json.id}`);
  const again = await make();
  assert.equal(again.status, 200);
  assert.equal(again.json.id, first.json.id);
  await until(async () => (await ann.get(`/structures/${first.json.id}`)).json.state !== 'inspecting', 'the inspection');
  const none = await ann.post(`/projects/${project}/structures`, { file_id: 'fil_01hgw2bbg0zzzzzzzzzzzzzzzz' });
  assert.equal(none.status, 404);
  assert.equal(none.json.field, '/file_id');
  const other = (await ann.post('/projects', { name: 'Other' })).json.id;
  assert.equal((await ann.post(`/projects/${other}/structures`, { file_id: file.id })).status, 404);
});

/** The refusal of a structure: the one finding that says why. */
async function refusal(name, id) {
  const structure = await until(async () => {
    const { json } = await ann.get(`/structures/${id}`);
    return json.state !== 'inspecting' && json;
  }, `the inspection of ${name}`, 120000);
  assert.equal(structure.state, 'refused', `${name}: ${JSON.stringify(structure)}`);
  const errors = structure.findings.filter((f) => f.level === 'error');
  assert.equal(errors.length, 1, JSON.stringify(structure.findings));
  assert.match(errors[0].text, /\w+ \w+ \w+/, `${name}: words`);
  assert.ok(errors[0].code && !/[{}]|\berrno\b|0x/.test(errors[0].text), errors[0].text);
  return errors[0];
}

test('a truncated, binary, empty or 2 GB structure file is refused in words, and its space can be had back', async () => {
  const cases = {
    'empty.pdb': ['', 'empty'],
    'noise.pdb': [randomBytes(5000), 'binary'],
    'cut.sdf': ['name\n  x\n\n 99  0  0', 'truncated'],
    'cut.pdb': [WATER.slice(0, WATER.indexOf('H2') + 20), 'truncated'],
  };
  const space = async () => (await ann.get(`/projects/${project}`)).json.storage;
  const before = await space();
  const refused = [];
  for (const [name, [bytes, code]] of Object.entries(cases)) {
    const done = await upload(name, Buffer.from(bytes));
    assert.equal(done.state, 'stored', done.reason);
    const why = await refusal(name, done.structure_id);
    assert.equal(why.code, code, `${name}: ${why.text}`);
    refused.push(done.file_id);
  }

  // 2 GB, all but the last byte a hole: the portal counts what is on disk, so only that byte has to be sent.
  const length = 2 ** 31;
  const made = await tus.create(ann, project, 'huge.pdb', length);
  assert.equal(made.status, 201, made.text);
  assert.equal((await space()).reserved_bytes - before.reserved_bytes, length);
  fs.truncateSync(path.join(stack.dir, 'uploads', made.headers.location.split('/').at(-1)), length - 1);
  assert.equal((await tus.append(ann, made.headers.location, length - 1, Buffer.from('\n'))).status, 204);
  const huge = await until(async () => {
    const { json } = await ann.get(made.headers.location);
    return json.state === 'stored' && json;
  }, '2 GB to be stored', 400000);
  const why = await refusal('huge.pdb', huge.structure_id);
  assert.equal(why.code, 'too_large');
  assert.match(why.text, /2147483648 bytes.*at most \d+/);
  refused.push(huge.file_id);
  assert.equal((await space()).reserved_bytes, before.reserved_bytes);

  for (const id of refused) assert.equal((await ann.delete(`/files/${id}`, '*')).status, 204);
  assert.equal((await ann.delete(`/projects/${project}/trash`)).status, 202);
  await until(async () => (await space()).used_bytes <= before.used_bytes, 'the space to be free again');
  for (const id of refused) assert.equal((await ann.get(`/files/${id}`)).status, 404);
});
