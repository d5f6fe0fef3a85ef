// tus over the real server: cut anywhere and resumed, one writer, checksums, hostile names, quotas, expiry, restarts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { startStack, until } from './lib/stack.mjs';
import * as tus from './lib/tus.mjs';

let stack; let ann; let ben; let project;

before(async () => {
  stack = await startStack({ settings: { upload_max: '64M', project_quota: '512M' } });
  ann = await stack.person('ann');
  ben = await stack.person('ben');
  project = (await ann.post('/projects', { name: 'Uploads' })).json.id;
});
after(() => stack?.stop());

const digest = (bytes, algorithm = 'sha256', form = 'hex') => createHash(algorithm).update(bytes).digest(form);
const idOf = (location) => location.split('/').at(-1);
const onDisk = (location) => fs.readFileSync(path.join(stack.dir, 'uploads', idOf(location)));
const state = async (location) => (await ann.get(location)).json;

async function begin(length, name = '1abc.pdb', options = {}) {
  const reply = await tus.create(ann, project, name, length, options);
  assert.equal(reply.status, 201, reply.text);
  return reply.headers.location;
}

test('OPTIONS tells the protocol', async () => {
  const reply = await stack.nobody.call('OPTIONS', tus.PATH);
  assert.equal(reply.status, 204);
  assert.equal(reply.headers['tus-version'], '1.0.0');
  assert.equal(reply.headers['tus-max-size'], String(64 << 20));
  for (const word of ['creation', 'creation-with-upload', 'termination', 'expiration', 'checksum']) {
    assert.ok(reply.headers['tus-extension'].split(',').includes(word), word);
  }
  assert.deepEqual(reply.headers['tus-checksum-algorithm'].split(',').sort(), ['sha1', 'sha256']);
});

test('a whole upload: create, ask, append, complete', async () => {
  const bytes = randomBytes(300000);
  const location = await begin(bytes.length);
  const asked = await tus.offset(ann, location);
  assert.deepEqual([asked.status, asked.offset, asked.length], [200, 0, bytes.length]);
  assert.equal(asked.headers['cache-control'], 'no-store');
  assert.equal(asked.headers['tus-resumable'], '1.0.0');
  assert.ok(new Date(asked.headers['upload-expires']) > new Date());
  assert.match(asked.headers['upload-metadata'], /filename MWFiYy5wZGI=/);

  const half = await tus.append(ann, location, 0, bytes.subarray(0, 100000));
  assert.equal(half.status, 204, half.text);
  assert.equal(half.headers['upload-offset'], '100000');
  assert.equal((await state(location)).state, 'open');
  const rest = await tus.append(ann, location, 100000, bytes.subarray(100000));
  assert.equal(rest.headers['upload-offset'], String(bytes.length));
  assert.equal(digest(onDisk(location)), digest(bytes));
  const done = await state(location);
  assert.deepEqual([done.state, done.offset, done.bytes, done.name, done.project], ['complete', bytes.length, bytes.length, '1abc.pdb', project]);
  assert.equal((await tus.append(ann, location, bytes.length, Buffer.alloc(0))).json.code, 'upload_complete');
});

test('creation with upload, in one piece and in part; empty files', async () => {
  const bytes = randomBytes(5000);
  const whole = await tus.create(ann, project, 'w.gro', bytes.length, { body: bytes });
  assert.equal(whole.status, 201, whole.text);
  assert.equal(whole.headers['upload-offset'], '5000');
  assert.equal((await state(whole.headers.location)).state, 'complete');
  const part = await tus.create(ann, project, 'p.gro', bytes.length, { body: bytes.subarray(0, 1234) });
  assert.equal(part.headers['upload-offset'], '1234');
  assert.equal((await tus.append(ann, part.headers.location, 1234, bytes.subarray(1234))).status, 204);
  assert.equal(digest(onDisk(part.headers.location)), digest(bytes));
  const empty = await begin(0, 'empty.pdb');
  assert.equal((await state(empty)).state, 'complete');
  assert.equal(onDisk(empty).length, 0);
  assert.equal((await tus.create(ann, project, 'x', 3, { body: bytes })).status, 413);
});

test('cut at any byte, resumed to the same hash', async () => {
  const bytes = randomBytes(2_000_000);
  for (let round = 0; round < 4; round++) {
    const location = await begin(bytes.length);
    let at = 0;
    let cuts = 0;
    while (at < bytes.length) {
      const rest = bytes.subarray(at);
      if (cuts < 6) {
        await tus.appendCut(ann, location, at, rest, randomInt(0, rest.length));
        cuts += 1;
      } else {
        const last = await tus.append(ann, location, at, rest);
        assert.equal(last.status, 204, last.text);
      }
      // The server may still be reading what was in flight: wait until nobody writes.
      const asked = await until(async () => {
        const before = await tus.offset(ann, location);
        const probe = await tus.append(ann, location, before.offset, Buffer.alloc(0));
        return probe.status === 423 ? null : tus.offset(ann, location);
      }, 'the writer to be gone');
      assert.ok(asked.offset >= at, 'an offset never goes back');
      at = asked.offset;
    }
    assert.equal((await state(location)).state, 'complete');
    assert.equal(digest(onDisk(location)), digest(bytes));
  }
});

test('one writer: the second gets 423 and the first goes on', async () => {
  const bytes = randomBytes(50000);
  const location = await begin(bytes.length);
  const first = tus.appendHeld(ann, location, 0, bytes.length, bytes.subarray(0, 20000));
  await until(async () => (await tus.offset(ann, location)).offset > 0, 'the first bytes');
  const second = await tus.append(ann, location, 20000, bytes.subarray(20000));
  assert.equal(second.status, 423, second.text);
  assert.equal((await ann.call('DELETE', location, { headers: tus.VERSION })).status, 423);
  const answer = await first.end(bytes.subarray(20000));
  assert.match(answer, /^HTTP\/1.1 204 /);
  assert.equal(digest(onDisk(location)), digest(bytes));
});

test('many writers at once: every byte counts once', async () => {
  const bytes = randomBytes(100000);
  const location = await begin(bytes.length);
  const replies = await Promise.all(Array.from({ length: 8 }, () => tus.append(ann, location, 0, bytes)));
  const ok = replies.filter((r) => r.status === 204).length;
  assert.equal(ok, 1, replies.map((r) => r.status).join());
  assert.ok(replies.every((r) => [204, 423, 409].includes(r.status)));
  assert.equal(digest(onDisk(location)), digest(bytes));
});

test('wrong offsets, types, versions and lengths are refused in words', async () => {
  const location = await begin(1000);
  const bytes = randomBytes(100);
  const refused = async (expected, field, reply) => {
    const r = await reply;
    assert.equal(r.status, expected, r.text);
    if (field) assert.equal(r.json.field, field, r.text);
    assert.ok(r.json.detail);
    return r;
  };
  await refused(409, 'Upload-Offset', tus.append(ann, location, 5, bytes));
  await refused(400, 'Upload-Offset', tus.append(ann, location, -1, bytes));
  await refused(400, 'Upload-Offset', tus.append(ann, location, 'x', bytes));
  await refused(400, 'Upload-Offset', tus.append(ann, location, null, bytes));
  await refused(415, 'Content-Type', tus.append(ann, location, 0, bytes, { 'Content-Type': 'application/octet-stream' }));
  await refused(413, null, tus.append(ann, location, 0, randomBytes(1001)));
  const version = await refused(412, 'Tus-Resumable', tus.append(ann, location, 0, bytes, { 'Tus-Resumable': '0.2.2' }));
  assert.equal(version.headers['tus-version'], '1.0.0');
  await refused(412, 'Tus-Resumable', tus.append(ann, location, 0, bytes, { 'Tus-Resumable': null }));
  await refused(403, null, (async () => {
    await ann.put(`/projects/${project}/members/ben`, { role: 'member' });
    return tus.append(ben, location, 0, bytes);
  })());
  const make = (headers, meta) => tus.create(ann, project, 'x.pdb', 10, { headers, meta });
  await refused(400, 'Upload-Defer-Length', make({ 'Upload-Length': null, 'Upload-Defer-Length': 1 }));
  await refused(400, 'Upload-Length', make({ 'Upload-Length': null }));
  await refused(400, 'Upload-Length', make({ 'Upload-Length': '1e3' }));
  await refused(413, 'Upload-Length', make({ 'Upload-Length': (64 << 20) + 1 }));
  await refused(400, 'Upload-Metadata.filename', make({ 'Upload-Metadata': `project ${Buffer.from(project).toString('base64')}` }));
  await refused(400, 'Upload-Metadata', make({ 'Upload-Metadata': 'filename ***' }));
  await refused(404, 'Upload-Metadata.project', make({}, { project: 'prj_01hgw2bbg0zzzzzzzzzzzzzzzz' }));
  assert.equal((await tus.offset(ann, location)).offset, 0, 'nothing refused has left bytes');
});

test('more bytes than announced, told in chunks, are cut off', async () => {
  const location = await begin(1000);
  const reply = await tus.append(ann, location, 0, randomBytes(5000), { 'Transfer-Encoding': 'chunked' }).catch((e) => e);
  assert.ok(reply instanceof Error || reply.status === 413, String(reply.status));
  await until(async () => (await tus.append(ann, location, (await tus.offset(ann, location)).offset, Buffer.alloc(0))).status !== 423, 'the writer to be gone');
  assert.ok((await tus.offset(ann, location)).offset <= 1000);
});

test('checksums: right ones pass, wrong ones give 460 and take the bytes back', async () => {
  const bytes = randomBytes(10000);
  const location = await begin(bytes.length);
  const sum = (algorithm, b) => ({ 'Upload-Checksum': `${algorithm} ${digest(b, algorithm, 'base64')}` });
  const a = bytes.subarray(0, 4000);
  const b = bytes.subarray(4000);
  assert.equal((await tus.append(ann, location, 0, a, sum('sha256', a))).status, 204);
  const wrong = await tus.append(ann, location, 4000, randomBytes(6000), sum('sha1', b));
  assert.equal(wrong.status, 460, wrong.text);
  assert.equal(wrong.json.code, 'checksum_mismatch');
  assert.equal((await tus.offset(ann, location)).offset, 4000);
  assert.equal((await tus.append(ann, location, 4000, b, { 'Upload-Checksum': 'md5 AAAA' })).status, 400);
  assert.equal((await tus.append(ann, location, 4000, b, { 'Upload-Checksum': 'sha256 AAAA' })).status, 400);

  await tus.appendCut(ann, location, 4000, b, 3000, sum('sha1', b));
  await until(async () => (await tus.offset(ann, location)).offset === 4000, 'unverified bytes to be taken back');
  assert.equal((await tus.append(ann, location, 4000, b, sum('sha1', b))).status, 204);
  assert.equal(digest(onDisk(location)), digest(bytes));
});

test('hostile names are data', async () => {
  const names = [
    ['../../../etc/passwd', '../../../etc/passwd'],
    ['<script>alert(1)</script>.pdb', '<script>alert(1)</script>.pdb'],
    ['a\nb\u0000c\x1b[31m.pdb', 'a%0Ab%00c%1B[31m.pdb'],
    [Buffer.from([0x66, 0xe9, 0xff, 0x2e, 0x70]), 'f%E9%FF.p'],
    ["'; DROP TABLE upload; --", "'; DROP TABLE upload; --"],
    ['\u202Egnp.pdb', '%E2%80%AEgnp.pdb'],
    ['水\u{1F9EA}.xyz', '水\u{1F9EA}.xyz'],
    ['.', '.'],
  ];
  const before = fs.readdirSync(path.join(stack.dir, 'uploads')).length;
  for (const [sent, kept] of names) {
    const location = await begin(1, sent);
    assert.equal((await state(location)).name, kept);
    assert.ok(fs.existsSync(path.join(stack.dir, 'uploads', idOf(location))));
  }
  assert.equal(fs.readdirSync(path.join(stack.dir, 'uploads')).length, before + names.length);
  const long = await tus.create(ann, project, 'x'.repeat(1025), 1);
  assert.equal(long.json.field, 'Upload-Metadata.filename');
});

const reserved = async () => (await ann.get(`/projects/${project}`)).json.storage.reserved_bytes;

test('storage is reserved at creation and freed by giving up', async () => {
  const start = await reserved();
  const location = await begin(1000000);
  assert.equal(await reserved(), start + 1000000);
  await tus.append(ann, location, 0, randomBytes(10));
  assert.equal((await ann.call('DELETE', location, { headers: tus.VERSION })).status, 204);
  assert.equal(await reserved(), start);
  assert.ok(!fs.existsSync(path.join(stack.dir, 'uploads', idOf(location))));
  assert.equal((await tus.offset(ann, location)).status, 410);
  assert.equal((await tus.append(ann, location, 0, randomBytes(10))).status, 410);
  assert.ok(!fs.existsSync(path.join(stack.dir, 'uploads', idOf(location))));
  assert.equal((await ann.call('DELETE', location, { headers: tus.VERSION })).status, 410);
  assert.equal(await reserved(), start);
});

test('a full quota refuses before a byte is sent, also when many try at once', async () => {
  const own = (await ann.post('/projects', { name: 'Small' })).json.id;
  await stack.sql(`UPDATE quota SET limit_b = 1000 WHERE scope = 'project' AND id = '${own}'`);
  const replies = await Promise.all(Array.from({ length: 8 }, () => tus.create(ann, own, 'q.pdb', 300)));
  assert.deepEqual(replies.map((r) => r.status).sort(), [201, 201, 201, 507, 507, 507, 507, 507]);
  assert.equal(replies.find((r) => r.status === 507).json.code, 'quota_project');
  assert.match(replies.find((r) => r.status === 507).json.hint, /trash and empty it/);
  await stack.sql(`UPDATE quota SET limit_b = used_b + reserved_b WHERE scope = 'account' AND id = '${ben.id}'`);
  assert.equal((await tus.create(ben, project, 'q.pdb', 1)).json.code, 'quota_account');
});

test('an archived project takes no uploads', async () => {
  const own = (await ann.post('/projects', { name: 'Closed' })).json.id;
  await ann.patch(`/projects/${own}`, { archived: true }, '*');
  assert.equal((await tus.create(ann, own, 'x.pdb', 1)).json.code, 'project_archived');
});

test('an upload past its time is gone', async () => {
  const location = await begin(100);
  await stack.sql(`UPDATE upload SET expires_at = now() - interval '1 s' WHERE id = '${idOf(location)}'`);
  assert.equal((await tus.offset(ann, location)).status, 410);
  assert.equal((await state(location)).state, 'expired');
  assert.equal((await tus.append(ann, location, 0, randomBytes(10))).status, 410);
});

test('the time of an upload starts anew with its bytes', async () => {
  const location = await begin(100);
  await tus.append(ann, location, 0, randomBytes(10));
  const expiry = async () => Number((await stack.sql(`SELECT extract(epoch FROM expires_at)::bigint FROM upload WHERE id = '${idOf(location)}'`))[0][0]);
  await stack.sql(`UPDATE upload SET expires_at = now() + interval '1 hour' WHERE id = '${idOf(location)}'`);
  const early = await expiry();
  await stack.kill('athanor'); // the sweep runs at the start
  await stack.startPortal();
  await until(async () => await expiry() > early + 3600, 'the expiry to move');
});

test('the portal killed in the middle: the offset is what is on disk', async () => {
  const bytes = randomBytes(1_000_000);
  const location = await begin(bytes.length);
  const held = tus.appendHeld(ann, location, 0, bytes.length, bytes.subarray(0, 600_000));
  await until(async () => (await tus.offset(ann, location)).offset > 0, 'bytes to arrive');
  await stack.kill('athanor', 'SIGKILL');
  await held.drop();
  await stack.startPortal();
  const { offset } = await tus.offset(ann, location);
  assert.ok(offset > 0 && offset <= 600_000);
  assert.equal((await tus.append(ann, location, offset, bytes.subarray(offset))).status, 204);
  assert.equal(digest(onDisk(location)), digest(bytes));
});

test('killed between the last byte and the row: asking or the sweep completes it', async () => {
  const asked = await begin(10);
  fs.writeFileSync(path.join(stack.dir, 'uploads', idOf(asked)), randomBytes(10));
  assert.equal((await tus.offset(ann, asked)).offset, 10);
  assert.equal((await state(asked)).state, 'complete');

  const swept = await begin(10);
  await stack.kill('athanor', 'SIGKILL');
  fs.writeFileSync(path.join(stack.dir, 'uploads', idOf(swept)), randomBytes(10));
  await stack.startPortal();
  await until(async () => (await stack.sql(`SELECT state FROM upload WHERE id = '${idOf(swept)}'`))[0][0] === 'complete', 'the sweep');
});
